import { useEffect, useState } from 'preact/hooks';
import type { PipelineResponse } from '../../../service/contract/api/pipeline.ts';
import { getJson, textOf } from '../../data/request.ts';
import { Failure, Loading } from '../../parts/controls.tsx';
import { numberText, visible } from '../../parts/format.ts';
import { DeadLetters } from './dead-letters.tsx';
import { Relays } from './relays.tsx';
import { type Stage, stagesOf, uptimeText } from './stages.ts';

/** While this view is in sight: reception and delivery have no events of their own. */
const everyMs = 2_500;

/** Reception, delivery to Monasca, notifiers: what is the case, in words. */
export function PipelineView() {
  const [now, setNow] = useState<PipelineResponse>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    const leaving = new AbortController();
    const read = async () => {
      if (document.hidden) return;
      try {
        setNow(await getJson<PipelineResponse>('pipeline', {}, leaving.signal));
        setError(undefined);
      } catch (reason) {
        if (!leaving.signal.aborted) setError(textOf(reason));
      }
    };
    void read();
    const timer = setInterval(() => void read(), everyMs);
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, []);
  if (!now) return error === undefined ? <Loading /> : <Failure text={error} />;
  return (
    <>
      <header class="title">
        <h1>Pipeline</h1>
        <span class={`badge level-${now.status}`}>{now.status}</span>
        <span class="muted">
          version {now.version}, running for {uptimeText(now)}
        </span>
      </header>
      <Failure text={error} />
      <Summary sentences={now.sentences} />
      <section class="flow" aria-label="Reception">
        <div class="card figure">
          <span class="figure-value">
            {numberText(Math.round(now.receivedPerSecond * 10) / 10)}
          </span>
          <span class="muted">heartbeats a second</span>
        </div>
        <div class="card figure">
          <span class="figure-value">{numberText(now.stored)}</span>
          <span class="muted">stored since the first one</span>
        </div>
        <div class="card figure">
          <span class="figure-value">{numberText(deadLettersOf(now))}</span>
          <span class="muted">dead letters</span>
        </div>
      </section>
      <ul class="stages">
        {stagesOf(now).map((stage) => (
          <StageCard key={stage.key} stage={stage} deadLetters={now.deadLetters[stage.key] ?? 0} />
        ))}
      </ul>
      <Relays />
    </>
  );
}

function Summary({ sentences }: Pick<PipelineResponse, 'sentences'>) {
  if (sentences.length === 0) return <p class="lead muted">Everything works.</p>;
  return (
    <ul class="wrong" aria-live="polite">
      {sentences.map(({ about, level, text }) => (
        <li key={`${about} ${text}`} class={level}>
          {visible(text)}
        </li>
      ))}
    </ul>
  );
}

function StageCard({ stage, deadLetters }: { stage: Stage; deadLetters: number }) {
  return (
    <li class={`card stage ${stage.level}`}>
      <h2>
        <span class="stage-dot" aria-hidden="true" />
        <bdi>{visible(stage.title)}</bdi>
      </h2>
      <p>{visible(stage.text)}</p>
      <dl class="stage-facts">
        {stage.facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{visible(value)}</dd>
          </div>
        ))}
      </dl>
      {deadLetters > 0 && <DeadLetters destination={stage.key} count={deadLetters} />}
    </li>
  );
}

const deadLettersOf = ({ deadLetters }: PipelineResponse): number =>
  Object.values(deadLetters).reduce((sum, count) => sum + count, 0);
