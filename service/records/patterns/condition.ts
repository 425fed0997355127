import { RE2JS } from 're2js';
import type { PatternConfig } from '../../config/sections/records/records.ts';
import { type LogRecord, recordLevels } from '../../contract/records/log-record.ts';
import { createGlob } from '../../contract/values/glob.ts';

/** Characters of a message that a pattern sees. */
const maxCharacters = 8_192;

type Condition = Pick<
  PatternConfig,
  'contains' | 'regex' | 'level' | 'component' | 'instance' | 'logger'
>;

/**
 * Returns whether a record fulfils all conditions. Regular expressions are RE2's: their time is
 * linear in the length of the message.
 */
export function createCondition(pattern: Condition): (record: LogRecord) => boolean {
  const { contains = '', regex, level } = pattern;
  const isComponent = createGlob(pattern.component);
  const isInstance = createGlob(pattern.instance);
  const isLogger = createGlob(pattern.logger);
  const minLevel = level === undefined ? 0 : recordLevels[level];
  const expression = regex === undefined ? undefined : RE2JS.compile(regex);
  return (record) => {
    if (record.level < minLevel || !isComponent(record.name) || !isInstance(record.instance)) {
      return false;
    }
    const message = record.message.slice(0, maxCharacters);
    return (
      isLogger(record.logger ?? '') &&
      message.includes(contains) &&
      (expression === undefined || expression.matcher(message).find())
    );
  };
}
