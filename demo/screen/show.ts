import type { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import type { Journal } from '../journal.ts';
import { frame } from './frame.ts';
import { addressLine, entryLine, statusLine } from './status-line.ts';
import { openTerminal } from './terminal.ts';
import type { View } from './view.ts';

const drawEveryMs = 125;
const statusEveryMs = 3_000;

/** Shows what happens until it is closed: a live picture on a terminal, lines anywhere else. */
export function startShow(output: Writable, view: () => View, journal: Journal): () => void {
  return output instanceof WriteStream && output.columns > 0
    ? showPicture(output, view, journal)
    : showLines(output, view, journal);
}

function showPicture(output: WriteStream, view: () => View, journal: Journal): () => void {
  const terminal = openTerminal(output);
  const draw = () => terminal.draw(frame(view(), terminal.size));
  draw();
  const timer = setInterval(draw, drawEveryMs);
  return () => {
    clearInterval(timer);
    terminal.close();
    // The picture is gone, but what went wrong must not go with it.
    const troubles = journal.entries.filter(({ voice }) => voice === 'trouble');
    for (const entry of troubles) output.write(`${entryLine(entry)}\n`);
  };
}

function showLines(output: Writable, view: () => View, journal: Journal): () => void {
  const say = (line: string) => void output.write(`${line}\n`);
  for (const address of view().addresses) say(addressLine(address));
  for (const entry of journal.entries) say(entryLine(entry));
  const stopListening = journal.onEntry((entry) => say(entryLine(entry)));
  const timer = setInterval(() => say(statusLine(view())), statusEveryMs);
  return () => {
    clearInterval(timer);
    stopListening();
  };
}
