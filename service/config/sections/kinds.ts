import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Secret } from '../../contract/values/secret.ts';

/** A whole number within bounds; units stand in the setting's name. */
export const whole = (min: number, max: number) => z.int().min(min).max(max);

const anAddress = 'an http:// or https:// address without user and password';

export const httpAddress = () =>
  z
    .url({ protocol: /^https?$/, abort: true })
    .refine((url) => !hasLogin(url), { error: anAddress })
    .meta({ expects: anAddress });

function hasLogin(url: string): boolean {
  const { username = '', password = '' } = URL.parse(url) ?? {};
  return username !== '' || password !== '';
}

const certificates = 'a file with certificates (PEM) that can be read';

/** The name of a file with certificates, which is looked into. */
export const certificateFile = () =>
  z
    .string()
    .min(1)
    .refine(holdsCertificates, { error: certificates })
    .meta({ expects: certificates });

/** Node passes over what it cannot read: it would start, and trust nobody. */
function holdsCertificates(file: string): boolean {
  try {
    return new X509Certificate(readFileSync(file, 'utf8')).subject !== undefined;
  } catch {
    return false;
  }
}

/** A text that becomes a `Secret` as soon as it has been checked. */
export const secretText = () =>
  z
    .string()
    .min(1)
    .transform((text) => new Secret(text));

/** Monasca refuses these in names; `'` only by its documentation, so we stay clear of it too. */
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
