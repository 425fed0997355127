import { useState } from 'preact/hooks';
import { signOut } from '../data/access.ts';
import { linkTo } from '../data/address.ts';
import { connection, live } from '../data/live.ts';
import { textOf } from '../data/request.ts';
import { needsSignIn, session } from '../data/session.ts';
import { useStore } from '../data/store.ts';
import { Failure } from './controls.tsx';
import { Link } from './link.tsx';
import { chooseTheme, themeChoice, themeChoices } from './theme.ts';
import { Time } from './time.tsx';

const sections = [
  ['', 'Overview'],
  ['activity', 'Activity'],
  ['events', 'Events'],
  ['silences', 'Silences'],
  ['pipeline', 'Pipeline'],
] as const;

export function Header({ view }: { view: string }) {
  const isOverview = view === '' || view === 'component' || view === 'instance';
  return (
    <header class="header">
      <div class="header-inner">
        <Link to={linkTo('')} class="brand" label="GE Heartbeat, overview">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d="M2 17h7l4-9 6 17 4.5-13 2.5 5h4" />
          </svg>
          <span>Heartbeat</span>
        </Link>
        <nav aria-label="Views">
          {sections.map(([path, title]) => (
            <Link
              key={path}
              to={linkTo(path)}
              current={path === view || (path === '' && isOverview)}
            >
              {title}
            </Link>
          ))}
        </nav>
        <div class="header-end">
          <LiveSign />
          <ThemeButton />
          <Account />
        </div>
      </div>
      <StaleLine />
    </header>
  );
}

/** Whether what is displayed is that of now. */
function LiveSign() {
  const { kind } = useStore(connection);
  const mustSignIn = useStore(needsSignIn);
  if (mustSignIn) return null;
  const text = { live: 'Live', connecting: 'Connecting', stale: 'Stale' }[kind];
  return (
    <span class={`live-sign ${kind}`} role="status">
      <span class="live-dot" aria-hidden="true" />
      {text}
    </span>
  );
}

function StaleLine() {
  const current = useStore(connection);
  const mustSignIn = useStore(needsSignIn);
  if (current.kind !== 'stale' || mustSignIn) return null;
  return (
    <div class="stale-line" role="alert">
      <span>
        Not live since <Time at={current.sinceMs} />. {current.reason} The page keeps trying.
      </span>
      <button type="button" class="quiet" onClick={() => live.reconnect()}>
        Try now
      </button>
    </div>
  );
}

const icons = {
  system: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2Zm0 1.5v9a4.5 4.5 0 0 1 0-9Z',
  light:
    'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM7.3 1h1.4v2H7.3zM7.3 13h1.4v2H7.3zM1 7.3h2v1.4H1zM13 7.3h2v1.4h-2z',
  dark: 'M6.5 2A6 6 0 1 0 14 9.5 5 5 0 0 1 6.5 2Z',
};

function ThemeButton() {
  const choice = useStore(themeChoice);
  const following = themeChoices[(themeChoices.indexOf(choice) + 1) % themeChoices.length];
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={`Colours: ${choice}. Change to ${following}.`}
      title={`Colours: ${choice}`}
      onClick={() => chooseTheme(following ?? 'system')}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={icons[choice]} fill-rule="evenodd" />
      </svg>
    </button>
  );
}

function Account() {
  const access = useStore(session);
  const [error, setError] = useState<string>();
  if (access?.access !== 'session') return null;
  const leave = () => {
    signOut().then(
      () => setError(undefined),
      (reason: unknown) => setError(textOf(reason)),
    );
  };
  return (
    <span class="account">
      <span class="account-name" title={`Scopes: ${access.scopes.join(', ')}`}>
        <bdi>{access.name}</bdi>
      </span>
      <button type="button" class="quiet" onClick={leave}>
        Sign out
      </button>
      <Failure text={error} />
    </span>
  );
}
