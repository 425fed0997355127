import type { Digest, DigestLine, Tone } from '../digest.ts';

/**
 * The message as HTML: tables and inline styles, because mail programs support little else. It loads
 * no resources. Every text in it is escaped with `escapeHtml`.
 */
export function htmlText({ title, tone, lines }: Digest, footer: string): string {
  const { strong, soft } = colours[tone];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light">
<title>${escapeHtml(title)}</title>
</head>
<body style="margin:0;padding:0;background:#f2f4f7;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7;">
<tr><td align="center" style="padding:24px 12px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background:#ffffff;border:1px solid #dfe3e8;border-top:4px solid ${strong};border-radius:4px;${font}">
<tr><td style="padding:20px 24px;background:${soft};">
<div style="font-size:19px;line-height:26px;font-weight:600;color:${strong};${wrap}">${escapeHtml(title)}</div>
</td></tr>
${lines.map(row).join('\n')}
<tr><td style="padding:14px 24px;border-top:1px solid #dfe3e8;font-size:12px;line-height:18px;color:#697386;${wrap}">${escapeHtml(footer)}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
}

function row({ status, component, instance, reason, time }: DigestLine): string {
  const { strong, soft } = colours[status.tone];
  const name =
    instance === undefined ? '' : ` <span style="${monospace}">${escapeHtml(instance)}</span>`;
  return `<tr><td style="padding:14px 24px;border-top:1px solid #eceff3;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>
<td width="112" valign="top" style="padding:2px 12px 0 0;"><span style="display:inline-block;padding:2px 8px;border-radius:3px;background:${soft};color:${strong};font-size:11px;line-height:16px;font-weight:700;letter-spacing:.3px;">${escapeHtml(status.label)}</span></td>
<td valign="top" style="font-size:14px;line-height:21px;color:#1a1f36;${wrap}"><strong>${escapeHtml(component)}</strong>${name}<br>${escapeHtml(reason)}<br><span style="font-size:12px;color:#697386;">${escapeHtml(time)}</span></td>
</tr></table>
</td></tr>`;
}

/** Dark text on a pale background: a contrast of at least 5 to 1. */
const colours: Record<Tone, { readonly strong: string; readonly soft: string }> = {
  bad: { strong: '#b3161b', soft: '#fdecec' },
  warning: { strong: '#8a5300', soft: '#fff4dd' },
  good: { strong: '#17693a', soft: '#e6f6ec' },
  neutral: { strong: '#3c4257', soft: '#f2f4f7' },
};

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;";
const monospace =
  "font-family:ui-monospace,Menlo,Consolas,'Liberation Mono',monospace;font-size:13px;";
/** A name of 255 characters without a space must not make the message wider than the window. */
const wrap = 'overflow-wrap:anywhere;word-break:break-word;';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
