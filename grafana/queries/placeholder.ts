/** `${name}`: what Grafana fills in, from its variables or, in YAML, from its environment. */
export const placeholder = (name: string): string => `\${${name}}`;
