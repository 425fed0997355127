import { parseTimestamp } from '../../../contract/values/timestamp.ts';
import type { RecordCandidate } from './candidate.ts';
import { RefusedLine } from './json.ts';

/** Levels of the severities 0 (emergency) to 7 (debug). */
const levels = [50, 50, 50, 40, 30, 25, 20, 10];

/** Header of RFC 5424: priority, version, time, host, application, process, kind of message. */
const header = /^<(\d{1,3})>1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) (-|(?=\[))/;
const element = /^\[([^\s=\]"]{1,32})((?: [^\s=\]"]{1,32}="(?:[^"\\\]]|\\.)*")*)\]/;
const parameter = / ([^\s=\]"]{1,32})="((?:[^"\\\]]|\\.)*)"/g;
const byteOrderMark = '\uFEFF';
const maxElements = 20;

/** Record of a syslog message. Throws `RefusedLine`. */
export function readSyslogRecord(bytes: Buffer): RecordCandidate {
  const text = bytes.toString('utf8').replace(/[\r\n\0]+$/, '');
  const [match, priority, time = '-', host, application, process, kind] = header.exec(text) ?? [];
  if (match === undefined) throw new RefusedLine('it is no message of RFC 5424');
  if (Number(priority) > 191) throw new RefusedLine('its priority is above 191');
  const { fields, rest } = structuredData(text.slice(match.length));
  const createdAtMs = time === '-' ? undefined : parseTimestamp(time);
  return {
    message: rest.replace(/^ /, '').replace(byteOrderMark, ''),
    level: levels[Number(priority) % 8] ?? 20,
    ...(createdAtMs === undefined ? {} : { createdAtMs }),
    ...(isNil(application) ? {} : { logger: application }),
    fields: Object.fromEntries([
      ...Object.entries({ host, application, process, kind }).filter(([, one]) => !isNil(one)),
      ['facility', Math.floor(Number(priority) / 8)],
      ...fields,
    ]),
  };
}

const isNil = (text: string | undefined): text is undefined => text === undefined || text === '-';

function structuredData(text: string) {
  const fields: [string, string][] = [];
  let rest = text;
  for (let n = 0; n < maxElements; n++) {
    const [match, id = '', parameters = ''] = element.exec(rest) ?? [];
    if (match === undefined) break;
    for (const [, name = '', value = ''] of parameters.matchAll(parameter)) {
      fields.push([`${id}.${name}`, value.replace(/\\(["\\\]])/g, '$1')]);
    }
    rest = rest.slice(match.length);
  }
  if (rest.startsWith('[')) throw new RefusedLine('its structured data are not valid');
  return { fields, rest };
}
