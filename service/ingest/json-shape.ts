/** Shorter texts cost little to parse, whatever their shape. */
const harmlessCharacters = 16_384;
/** More than any body of one object has. */
const maxDepth = 100;
const maxMembers = 1_000;

/**
 * Whether a JSON text costs much more time to parse than its length suggests: brackets that are nested by
 * the hundred thousand, or objects with as many members. A kilobyte of gzip can hold one. For bodies of
 * one object, which have neither; the text need not be valid.
 */
export function isCostly(text: string): boolean {
  if (text.length <= harmlessCharacters) return false;
  const membersOutside: number[] = [];
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        break;
      case 0x3a: // :
        if (membersOutside.length > 0) members++;
        if (members > maxMembers) return true;
        break;
      case 0x7b: // {
      case 0x5b: // [
        membersOutside.push(members);
        members = 0;
        if (membersOutside.length > maxDepth) return true;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        members = membersOutside.pop() ?? 0;
        break;
    }
  }
  return false;
}

/** Position of the quote that ends a string, or of the line that it cannot go beyond. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22 || code === 0x0a) return at;
    if (code === 0x5c) at++;
  }
  return text.length;
}
