import { readdirSync, readlinkSync } from 'node:fs';

/** The sockets of a process, as Linux lists them. */
export function openSockets(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((descriptor) => {
    try {
      return readlinkSync(`${folder}/${descriptor}`).startsWith('socket:');
    } catch {
      return false; // It was closed in the meantime.
    }
  }).length;
}
