import { useEffect, useState } from 'preact/hooks';
import { loadSession } from './data/access.ts';
import { address } from './data/address.ts';
import { live } from './data/live.ts';
import { rangeOf } from './data/overview.ts';
import { textOf } from './data/request.ts';
import { can, needsSignIn, session } from './data/session.ts';
import { useStore } from './data/store.ts';
import { Empty, Loading } from './parts/controls.tsx';
import { Header } from './parts/header.tsx';
import { useLoaded } from './parts/hooks.ts';
import { Link } from './parts/link.tsx';
import { SignIn } from './views/access/sign-in.tsx';
import { ComponentView } from './views/component/component.tsx';
import { InstanceView } from './views/component/instance.tsx';
import { EventsView } from './views/events/events.tsx';
import { OverviewView } from './views/overview/overview.tsx';
import { PipelineView } from './views/pipeline/pipeline.tsx';
import { SilencesView } from './views/silences/silences.tsx';
import { WallView } from './views/wall/wall.tsx';

const views = {
  '': { title: 'Overview', render: () => <OverviewView /> },
  component: { title: 'Component', render: () => <ComponentView /> },
  instance: { title: 'Instance', render: () => <InstanceView /> },
  activity: { title: 'Activity', render: () => <LazyActivity /> },
  events: { title: 'Events', render: () => <EventsView /> },
  silences: { title: 'Silences', render: () => <SilencesView /> },
  pipeline: { title: 'Pipeline', render: () => <PipelineView /> },
} as const;

/** The chart library is loaded with the view that needs it. */
function LazyActivity() {
  const { value, error } = useLoaded('activity', () => import('./views/activity/activity.tsx'));
  if (value) return <value.ActivityView />;
  return error === undefined ? <Loading /> : <Empty title="This view cannot be loaded" />;
}

const isView = (text: string): text is keyof typeof views => Object.hasOwn(views, text);

export function App() {
  const { view, params } = useStore(address);
  if (view === 'wall') return <WallView />;
  const shown = isView(view) ? views[view] : views[''];
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <Header view={view} />
      <main id="content" tabIndex={-1} class={`view view-${view === '' ? 'overview' : view}`}>
        <Content
          view={view}
          title={shown.title}
          key={view === 'instance' ? params.toString() : view}
        >
          {shown.render}
        </Content>
      </main>
    </>
  );
}

type ContentProps = {
  readonly view: string;
  readonly title: string;
  readonly children: () => preact.ComponentChild;
};

/** The view, or the form for a token in its place: the address, and so the view, stays the same. */
function Content({ view, title, children }: ContentProps) {
  const access = useStore(session);
  const mustSignIn = useStore(needsSignIn);
  const [error, setError] = useState<string>();
  useEffect(() => {
    document.title = title === 'Overview' ? 'GE Heartbeat' : `${title} · GE Heartbeat`;
  }, [title]);
  useEffect(() => {
    if (access === undefined) loadSession().catch((reason: unknown) => setError(textOf(reason)));
  }, [access]);
  // The snapshot is requested before it is known whether it may be read: most often it may.
  const mayRead = !mustSignIn && (access === undefined || can('read'));
  useEffect(() => {
    if (!mayRead) return;
    live.start(rangeOf(address.get().params.get('range')));
    return () => live.stop();
  }, [mayRead]);
  if (mustSignIn || view === 'sign-in') return <SignIn />;
  if (access === undefined)
    return error === undefined ? <Loading /> : <Unreachable error={error} />;
  if (!can('read')) {
    return (
      <Empty title="This token may not read">
        <p>It has the scopes {access.scopes.join(', ') || 'of none'}. Sign in with another one.</p>
        <p>
          <Link to="sign-in">Sign in</Link>
        </p>
      </Empty>
    );
  }
  return <>{children()}</>;
}

function Unreachable({ error }: { error: string }) {
  useEffect(() => {
    const timer = setInterval(() => void loadSession().catch(() => undefined), 1_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <Empty title="The service does not respond">
      <p>{error} The page tries again every second.</p>
    </Empty>
  );
}
