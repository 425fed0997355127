import { Option } from 'commander';
import type { CliCommand } from './command.ts';
import { configOption, loadConfiguration } from './config.ts';
import { CliFailure, exitCodes } from './failure.ts';

type Options = { readonly config?: string; readonly dataDir?: string; readonly replace?: boolean };

export function addBackupCommands(program: CliCommand): void {
  program
    .command('backup')
    .description('copy the data file to FILE, while the service runs')
    .argument('<file>', 'backup file; has this name only when it is complete and checked')
    .addOption(dataDirOption())
    .addOption(configOption())
    .option('--replace', 'overwrite FILE')
    .action(async (file: string, options: Options) => {
      const { backUp } = await import('../store/backup/backup.ts');
      await run(options, (dataDir) => {
        const { bytes, seconds } = backUp(dataDir, file, options.replace);
        return `${file}: ${formatMb(bytes)}, checked, in ${seconds.toFixed(1)} s.\n`;
      });
    });

  program
    .command('restore')
    .description('replace the data file by a backup, while no service runs')
    .argument('<file>', 'backup file')
    .addOption(dataDirOption())
    .addOption(configOption())
    .option('--replace', 'move an existing data file aside')
    .action(async (file: string, options: Options) => {
      const { restore } = await import('../store/backup/restore.ts');
      await run(options, (dataDir) => {
        const restored = restore(file, dataDir, options.replace);
        const aside = restored.movedAside ? ` What was there is ${restored.movedAside}.` : '';
        return `${restored.file}: ${formatMb(restored.bytes)} restored.${aside}\n`;
      });
    });
}

const dataDirOption = () =>
  new Option(
    '--data-dir <folder>',
    'data folder of the service; default: that of its configuration',
  );

const formatMb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Prints the result of `work`; a `BackupProblem` becomes a `CliFailure`. */
async function run(options: Options, work: (dataDir: string) => string): Promise<void> {
  const { BackupProblem } = await import('../store/backup/files.ts');
  const dataDir = options.dataDir ?? (await loadConfiguration(options.config)).config.dataDir;
  try {
    process.stdout.write(work(dataDir));
  } catch (error) {
    if (!(error instanceof BackupProblem)) throw error;
    throw new CliFailure(exitCodes.cannotCreate, error.message);
  }
}
