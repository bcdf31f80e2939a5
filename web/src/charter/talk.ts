/** The try-out's conversation with an unsaved charter. Nothing of it is stored anywhere but here. */
import { call, onNotice } from '../app/connection.js';
import { Store } from '../app/store.js';
import type { Charter } from './charter.js';

export interface Said {
  id: number;
  role: 'user' | 'assistant';
  content: string;
  /** Only of answers. */
  state?: 'waiting' | 'done' | 'stopped' | 'failed';
  error?: string;
  model?: string;
  tokens?: number;
}

export interface Persona {
  name: string;
  role: string;
  discipline: string;
  charter: Charter;
  model: string;
}

interface TryAnswer {
  text: string;
  model: string;
  usage?: { inputTokens?: number; outputTokens?: number };
}

const HISTORY_MAX = 20;
/** A model may take its time: the server ends what takes too long. */
const TIMEOUT_MS = 600_000;

export class Talk {
  said: readonly Said[] = [];
  /** Grows with each change. */
  readonly version = new Store(0);
  private tryId: string | null = null;
  private next = 1;

  get busy(): boolean {
    return this.tryId !== null;
  }

  async say(content: string, persona: Persona): Promise<void> {
    if (this.tryId !== null) return;
    const tryId = `try-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
    const answer: Said = { id: this.next + 1, role: 'assistant', content: '', state: 'waiting' };
    this.tryId = tryId;
    this.said = [...this.said, { id: this.next, role: 'user', content }, answer];
    this.next += 2;
    const messages = this.said.filter((each) => each !== answer && each.content !== '').slice(-HISTORY_MAX).map(({ role, content: text }) => ({ role, content: text }));
    let attempt = 0;
    const forget = onNotice<{ tryId: string; attempt: number; text: string }>('charter.delta', (delta) => {
      if (delta.tryId !== tryId) return;
      const anew = delta.attempt !== attempt; // the model failed and is asked again
      attempt = delta.attempt;
      this.patch(answer.id, (each) => ({ ...each, content: (anew ? '' : each.content) + delta.text }));
    });
    this.changed();
    try {
      const { model, ...who } = persona;
      const done = await call<TryAnswer>('charter.try', { tryId, ...who, ...(model ? { model } : {}), messages }, TIMEOUT_MS);
      this.patch(answer.id, (each) => ({
        ...each, content: done.text || each.content, state: each.state === 'stopped' ? 'stopped' : 'done', model: done.model,
        tokens: (done.usage?.inputTokens ?? 0) + (done.usage?.outputTokens ?? 0),
      }));
    } catch (error) {
      this.patch(answer.id, (each) => (each.state === 'stopped' ? each : { ...each, state: 'failed', error: (error as Error).message }));
    } finally {
      forget();
      if (this.tryId === tryId) this.tryId = null;
      this.changed();
    }
  }

  stop(): void {
    const { tryId } = this;
    if (tryId === null) return;
    this.tryId = null;
    this.said = this.said.map((each) => (each.state === 'waiting' ? { ...each, state: 'stopped' as const } : each));
    this.changed();
    call('charter.stop', { tryId }).catch(() => {}); // it had ended by itself
  }

  clear(): void {
    this.stop();
    this.said = [];
    this.changed();
  }

  private patch(id: number, change: (said: Said) => Said): void {
    this.said = this.said.map((each) => (each.id === id ? change(each) : each));
    this.changed();
  }

  private changed(): void {
    this.version.set((version) => version + 1);
  }
}
