import { linkTo } from '../../data/address.ts';
import { can } from '../../data/session.ts';
import { Link } from '../../parts/link.tsx';

type SilenceButtonProps = {
  readonly matchers: {
    readonly name: string;
    readonly version?: string | undefined;
    readonly instance?: string;
  };
};

/** Leads to the form for a silence, filled in; displayed only with the scope for it. */
export function SilenceButton({ matchers }: SilenceButtonProps) {
  if (!can('admin')) return null;
  return (
    <Link to={linkTo('silences', { add: 1, ...matchers })} class="button">
      Silence
    </Link>
  );
}
