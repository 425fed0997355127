import { textOf } from './compose.ts';

/** A stage of the Dockerfile, with the instructions of its base stages. */
export type Stage = {
  readonly name: string;
  readonly instructions: readonly (readonly [keyword: string, rest: string])[];
};

/** The stages of `deploy/Dockerfile` by name. */
export function readStages(): ReadonlyMap<string, Stage> {
  const stages = new Map<string, Stage>();
  const lines = textOf('deploy/Dockerfile')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  let current: Stage | undefined;
  for (const line of lines) {
    const [, keyword = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (keyword === 'FROM') {
      const [, base = '', name = ''] = /^(\S+) AS (\S+)$/.exec(rest) ?? [];
      const inherited = stages.get(base)?.instructions ?? [];
      current = { name, instructions: [...inherited, ['FROM', base]] };
      stages.set(name, current);
    } else if (keyword !== '' && current) {
      current = { ...current, instructions: [...current.instructions, [keyword, rest]] };
      stages.set(current.name, current);
    }
  }
  return stages;
}

/** The command line of a container of this stage, in the folder of the image. */
export function commandLine(stage: Stage, command: readonly string[] = []): string[] {
  const last = (wanted: string): string[] => {
    const [, text = '[]'] = stage.instructions.findLast(([keyword]) => keyword === wanted) ?? [];
    return JSON.parse(text);
  };
  return [...last('ENTRYPOINT'), ...(command.length > 0 ? command : last('CMD'))];
}

/** `ENV` of a stage. */
export function environmentOf(stage: Stage): Record<string, string> {
  return Object.fromEntries(
    stage.instructions
      .filter(([keyword]) => keyword === 'ENV')
      .flatMap(([, rest]) => rest.split(/\s+/).map((pair) => pair.split('=', 2)))
      .map(([name = '', value = '']) => [name, value]),
  );
}
