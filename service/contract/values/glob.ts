/** Whether a glob matches every text: nothing but stars. */
export const matchesAll = (glob: string): boolean => /^\*+$/.test(glob);
