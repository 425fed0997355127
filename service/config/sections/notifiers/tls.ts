import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const certificates = 'a file with certificates (PEM) that can be read';

/** Whom to believe that they are who they say. The file is read again when the notifier is made. */
export const tlsFields = () => ({
  caFile: z.string().min(1).refine(holdsCertificates, { error: certificates }).optional().meta({
    description: 'File with the certificates (PEM) to trust instead of the well-known ones.',
    expects: certificates,
  }),
  insecure: z.boolean().default(false).describe('Trust any certificate. For trying out only.'),
});

function holdsCertificates(file: string): boolean {
  try {
    // Node passes over what it cannot read: the notifier would trust nobody.
    new X509Certificate(readFileSync(file, 'utf8'));
    return true;
  } catch {
    return false;
  }
}
