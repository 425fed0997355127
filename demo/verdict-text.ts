import { counted, plainTable } from './output.ts';
import { components, isSameComponent } from './senders/components.ts';
import { type HeartbeatId, isSuccess, judge, type Outcome } from './verdict.ts';

const maxListed = 10;

/** Each component, the result, and what is wrong. */
export function describeOutcome(outcome: Outcome): string {
  const { sent, isDrained, deadLetters, outages, events, notifications } = outcome;
  const { accepted, found, missing, unexpected, unanswered } = judge(sent, outcome.found);
  const { received, rejected, duplicates, missing: notReceived, silenced } = notifications;
  const rows = components.map((component) => {
    const ofComponent = judge(sent.filter(isSameComponent(component)), outcome.found);
    const { instances, accepted, found } = ofComponent;
    return [component.name, component.version, instances, accepted, found];
  });
  const lines = [
    '',
    plainTable(['COMPONENT', 'VERSION', 'INSTANCES', 'ACCEPTED', 'FOUND'], rows),
    '',
    `${isSuccess(outcome) ? 'Success' : 'FAILED'}: ${counted(accepted, 'heartbeat')} accepted, ` +
      `${found} found in Monasca, ${missing.length} missing, ` +
      `${counted(deadLetters, 'dead letter')}.`,
    `  ${counted(received, 'notification')} received, ${notReceived} missing, ` +
      `${rejected} rejected, ${duplicates} received twice, ${silenced} suppressed by the silence.`,
    `  Events: ${events.map(([kind, count]) => `${count} ${kind}`).join(', ')}.`,
  ];
  if (outages.length > 0) {
    const often = outages.length === 1 ? 'once' : `${outages.length} times`;
    lines.push(
      `  Monasca was unavailable ${often}; up to ${Math.max(...outages)} heartbeats waited.`,
    );
  }
  if (!isDrained) lines.push('  The outbox did not become empty in time.');
  if (accepted === 0) lines.push('  The service accepted no heartbeat.');
  if (unanswered.sent > 0) {
    const { sent, found } = unanswered;
    lines.push(`  ${sent} got no response in time; ${found} of them arrived.`);
  }
  lines.push(...list('Missing', missing), ...list('In Monasca, but never sent', unexpected), '');
  return lines.join('\n');
}

function list(title: string, heartbeats: readonly HeartbeatId[]): string[] {
  const lines = heartbeats.slice(0, maxListed).map(({ name, version, instance, timestampMs }) => {
    return `  ${title}: ${name} ${version} ${instance}, ${new Date(timestampMs).toISOString()}`;
  });
  const more = heartbeats.length - lines.length;
  return more > 0 ? [...lines, `  … and ${more} more`] : lines;
}
