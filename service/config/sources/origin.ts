/** Where a value comes from. */
export type Origin =
  /** `file` is what a `…_FILE` variable names. */
  | { readonly kind: 'environment'; readonly variable: string; readonly file?: string }
  | { readonly kind: 'file'; readonly file: string; readonly line?: number }
  | { readonly kind: 'default' };

export type Given = { readonly value: unknown; readonly origin: Origin };

export function originText(origin: Origin): string {
  switch (origin.kind) {
    case 'environment':
      return origin.file === undefined ? origin.variable : `${origin.variable} (${origin.file})`;
    case 'file':
      return origin.line === undefined ? origin.file : `${origin.file}, line ${origin.line}`;
    case 'default':
      return 'default';
  }
}
