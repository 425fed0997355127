/** An address and the name that stands before it. */
export type Mailbox = { readonly name: string; readonly address: string };

/** `Operators <ops@example.org>`, also with the name in quotes, or the address alone. */
export function mailboxOf(text: string): Mailbox {
  const [, name = '', address = text] = /^(.*)<([^<>]*)>$/.exec(text.trim()) ?? [];
  return { name: name.trim().replace(/^"(.*)"$/, '$1'), address };
}

export const domainOf = ({ address }: Mailbox): string =>
  address.slice(address.lastIndexOf('@') + 1);
