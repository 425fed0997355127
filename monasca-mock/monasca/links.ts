import type { Context } from 'koa';
import { serviceUnavailable } from './problems.ts';

export type Link = { rel: 'self' | 'next'; href: string };

/** The address of a request without the query and a final slash. */
export function baseUri(context: Context): string {
  return `${context.protocol}://${context.host}${context.path}`;
}

/**
 * The link to this page, with the parameters encoded again (`%3A` becomes `%253A`) as in the real
 * service. The link does not always lead to the same page.
 */
export function selfLink(context: Context): Link {
  const parameters = encodedParameters(context.querystring, () => true);
  return { rel: 'self', href: withQuery(baseUri(context), parameters) };
}

/** The link to the next page: the offset, then the other parameters as in `selfLink`. */
export function nextLink(context: Context, encodedOffset: string): Link {
  const others = encodedParameters(context.querystring, (name) => name.toLowerCase() !== 'offset');
  return {
    rel: 'next',
    href: withQuery(baseUri(context), [`offset=${encodedOffset}`, ...others]),
  };
}

/** Percent-encodes all but letters, digits and `_.-~`. */
export function quote(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A parameter without `=` makes the service fail here, after the query. */
function encodedParameters(query: string, isWanted: (name: string) => boolean): string[] {
  if (query === '') return [];
  return query.split('&').flatMap((parameter) => {
    const split = parameter.indexOf('=');
    if (split < 0) throw serviceUnavailable('not enough values to unpack (expected 2, got 1)');
    const name = parameter.slice(0, split);
    return isWanted(name) ? [`${quote(name)}=${quote(parameter.slice(split + 1))}`] : [];
  });
}

function withQuery(uri: string, parameters: readonly string[]): string {
  return parameters.length === 0 ? uri : `${uri}?${parameters.join('&')}`;
}
