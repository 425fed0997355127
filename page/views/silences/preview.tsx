import type { InstanceResponse } from '../../../service/contract/api/instance.ts';
import { getJson } from '../../data/request.ts';
import { Failure } from '../../parts/controls.tsx';
import { plural } from '../../parts/format.ts';
import { useLoaded } from '../../parts/hooks.ts';
import { Name } from '../../parts/name.tsx';
import { StateMark } from '../../parts/state.tsx';

type Page = { readonly instances: readonly InstanceResponse[]; readonly next?: string };

const limit = 1_000;
const shown = 12;

/** Instances that the silence would match now. */
export function Preview({ matchers }: { matchers: Readonly<Record<string, string>> }) {
  const { value, error } = useLoaded(JSON.stringify(matchers), (signal) =>
    getJson<Page>('instances', { ...matchers, limit }, signal),
  );
  if (error !== undefined) return <Failure text={error} />;
  if (!value) return null;
  const { instances, next } = value;
  const count =
    next === undefined ? plural(instances.length, 'instance') : `More than ${limit} instances`;
  return (
    <div class="preview" aria-live="polite">
      <p>
        {instances.length === 0
          ? 'It matches no instance that is known now.'
          : `${count} ${instances.length === 1 ? 'matches' : 'match'} now:`}
      </p>
      <ul class="preview-list">
        {instances.slice(0, shown).map(({ name, version, instance, state }) => (
          <li key={JSON.stringify([name, version, instance])}>
            <StateMark state={state} /> <Name text={name} /> <Name text={version} />{' '}
            <Name text={instance} />
          </li>
        ))}
        {instances.length > shown && <li class="muted">and more</li>}
      </ul>
    </div>
  );
}
