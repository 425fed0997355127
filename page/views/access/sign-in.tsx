import { useState } from 'preact/hooks';
import { signIn } from '../../data/access.ts';
import { address, goTo } from '../../data/address.ts';
import { textOf } from '../../data/request.ts';
import { Failure } from '../../parts/controls.tsx';

/** Exchanges a token for a session; the view that was requested is displayed after it. */
export function SignIn() {
  const [token, setToken] = useState('');
  const [error, setError] = useState<string>();
  const [isSending, setSending] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setSending(true);
    setError(undefined);
    try {
      await signIn(token.trim());
      if (address.get().view === 'sign-in') goTo('./');
    } catch (reason) {
      setError(textOf(reason));
    }
    setSending(false);
  };
  return (
    <form class="sign-in card" onSubmit={submit}>
      <h1>Sign in</h1>
      <p class="muted">
        This service needs a token. It is exchanged for a session of this browser, and is not kept.
      </p>
      <label for="token">Token</label>
      <input
        id="token"
        type="password"
        autocomplete="current-password"
        placeholder="hb_…"
        required
        value={token}
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <Failure text={error} />
      <button type="submit" class="primary" disabled={isSending || token.trim() === ''}>
        {isSending ? 'Signing in …' : 'Sign in'}
      </button>
    </form>
  );
}
