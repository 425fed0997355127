import { visible } from './format.ts';

/** A text from the network: isolated from the direction of the text around it, and never HTML. */
export function Name({ text }: { text: string }) {
  const shown = visible(text);
  return (
    <bdi class="name" title={shown.length > 24 ? shown : undefined}>
      {shown}
    </bdi>
  );
}
