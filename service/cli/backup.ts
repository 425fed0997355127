import { type Command, Option } from 'commander';
import { configOption, configurationOf } from './configuration.ts';
import { CliFailure, exitCodes } from './failure.ts';

type Options = { readonly config?: string; readonly dataDir?: string; readonly replace?: boolean };

export function addBackupCommands(program: Command): void {
  program
    .command('backup')
    .description('copy the data file to FILE, while the service runs')
    .argument('<file>', 'the backup; appears under this name when it is whole and checked')
    .addOption(dataDirOption())
    .addOption(configOption())
    .option('--replace', 'overwrite FILE')
    .action(async (file: string, options: Options) => {
      const { backUp } = await import('../store/backup/backup.ts');
      await report(options, (dataDir) => {
        const { bytes, seconds } = backUp(dataDir, file, options.replace);
        return `${file}: ${inMb(bytes)}, checked, in ${seconds.toFixed(1)} s.\n`;
      });
    });

  program
    .command('restore')
    .description('put a backup in the place of the data file, while no service runs')
    .argument('<file>', 'the backup')
    .addOption(dataDirOption())
    .addOption(configOption())
    .option('--replace', 'move a data file that is there aside')
    .action(async (file: string, options: Options) => {
      const { restore } = await import('../store/backup/restore.ts');
      await report(options, (dataDir) => {
        const restored = restore(file, dataDir, options.replace);
        const aside = restored.movedAside ? ` What was there is ${restored.movedAside}.` : '';
        return `${restored.file}: ${inMb(restored.bytes)} restored.${aside}\n`;
      });
    });
}

const dataDirOption = () =>
  new Option('--data-dir <folder>', "the service's data folder; else that of its configuration");

const inMb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

async function report(options: Options, work: (dataDir: string) => string): Promise<void> {
  const { BackupProblem } = await import('../store/backup/backup.ts');
  const dataDir = options.dataDir ?? (await configurationOf(options.config)).config.dataDir;
  try {
    process.stdout.write(work(dataDir));
  } catch (error) {
    if (!(error instanceof BackupProblem)) throw error;
    throw new CliFailure(exitCodes.cannotCreate, error.message);
  }
}
