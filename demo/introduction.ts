import type { Arguments } from './arguments.ts';
import { components, roles } from './senders/components.ts';
import { account, type Stack } from './stack/stack.ts';

/** The first lines: where the service is, what will happen, how to end it. */
export function introduction(
  { forSeconds, hasIncidents }: Arguments,
  { serviceUrl, keystoneUrl, monascaUrl, mock, service, receiver }: Stack,
  folder: string,
): string {
  const instances = components.reduce((total, component) => total + component.instances, 0);
  const { crashing, stopping, replaced } = roles;
  const isEndless = forSeconds === Number.POSITIVE_INFINITY;
  const incidents = `${isEndless ? 'Every 30 s, one' : 'One'} instance of ${crashing.name} crashes and returns, one of ${stopping.name} stops on purpose, the one of
${replaced.name} ${replaced.version} is replaced without a last heartbeat (its notifications are silenced), and Monasca
is unavailable for some seconds. While the crashed instance is missing, the relay is closed.
`;
  return `
GE Heartbeat is running at ${serviceUrl}

${instances} instances of ${components.length} components send heartbeats, which the service delivers to Monasca.
${hasIncidents ? incidents : ''}${isEndless ? 'Press Ctrl-C to end the demo.' : `The demo ends after ${forSeconds} s, or earlier when you press Ctrl-C.`} It then checks that every accepted
heartbeat is in Monasca and that every notification has arrived.

  Look at it         ${serviceUrl}/?range=1h
  Send a heartbeat   curl ${serviceUrl}/api/v1/heartbeats -d '{"name":"Mine","version":"1","instance":"a"}'
  List instances     ${serviceUrl}/api/v1/instances
  Follow events      curl -N ${serviceUrl}/api/v1/events/stream
  Relay              ${serviceUrl}/api/v1/relays
  Health, metrics    ${serviceUrl}/health  ${serviceUrl}/metrics
  Monasca (mock)     ${monascaUrl}, metric GE_Heartbeat
  Keystone (mock)    ${keystoneUrl}, user ${account.user}, password ${account.password}, project ${account.project}
  Data and logs      ${folder}
  Processes          service ${service.pid}, mock ${mock.pid}, receiver ${receiver.pid}

`;
}
