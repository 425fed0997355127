import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Secret } from '../../contract/values/secret.ts';

/** An integer within bounds; units are part of the setting's name. */
export const integer = (min: number, max: number) => z.int().min(min).max(max);

export const nonEmptyText = () => z.string().min(1);

export const aTextWithoutEnds = 'text without white space or a line end at its ends';

export const isWithoutEnds = (given: string): boolean => given.trim() === given;

/** Rejects white space at the ends, which a shell or an editor adds and no reader sees. */
export const withoutEnds = (schema: z.ZodString): z.ZodString =>
  schema.refine(isWithoutEnds, { error: aTextWithoutEnds, abort: true });

/** A pattern of names: `*` matches any characters, `?` one. */
export const globPattern = () => z.string().min(1).max(255);

const anAddress = 'an http:// or https:// address without user and password';

/** Not `z.url()` alone, which removes white space. */
export const httpAddress = () =>
  withoutEnds(z.string())
    .refine((url) => isAddress(url) && !hasLogin(url), { error: anAddress })
    .meta({ expects: anAddress });

const isAddress = (text: string): boolean =>
  z.url({ protocol: /^https?$/ }).safeParse(text).success;

function hasLogin(url: string): boolean {
  const { username = '', password = '' } = URL.parse(url) ?? {};
  return username !== '' || password !== '';
}

const certificates = 'a file with certificates (PEM) that can be read';

/** Name of a file with certificates, which is read for the check. */
export const certificateFile = () =>
  nonEmptyText()
    .refine(containsCertificates, { error: certificates })
    .meta({ expects: certificates });

/** Node ignores text that is no certificate: the service would start and trust no server. */
function containsCertificates(file: string): boolean {
  try {
    return new X509Certificate(readFileSync(file, 'utf8')).subject !== undefined;
  } catch {
    return false;
  }
}

/** A text that becomes a `Secret` when it has been checked. */
export const secretText = () =>
  withoutEnds(nonEmptyText()).transform((secret) => new Secret(secret));

/** Monasca rejects these characters in names; `'` only according to its documentation. */
export const dimensionName = () =>
  z
    .string()
    .regex(/^(?!_)[^<>={},"'\\;&]{1,255}$/u)
    .meta({
      expects:
        'a dimension name: 1 to 255 characters, not starting with _, none of < > = { } , " \' \\ ; &',
    });

export const metricName = () =>
  z
    .string()
    .regex(/^[^<>={},"'\\;&()\s]{1,255}$/u)
    .meta({
      expects: 'a metric name: 1 to 255 characters, no space, none of < > = { } ( ) , " \' \\ ; &',
    });
