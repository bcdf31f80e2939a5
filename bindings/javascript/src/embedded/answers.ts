/** Attempts at an answer: from `generateResponse`, else from a built-in source (sources.ts). An attempt that was cancelled is known
 * by its turn: what still comes of it is dropped. */
import { EV, VERDICT } from '../core/exports.js';
import { asError } from '../thrown.js';
import { offlineText, shownName } from '../prompt.js';
import { chooseSource, SourceError } from '../sources/choose.js';
import type { OutgoingMessage } from '../types.js';
import { AnswerContext } from './context.js';
import { emitAction } from './events.js';
import { hopsTo, isPlain } from './heard.js';
import type { Host } from './host.js';
import { checkOutgoing, checkReply } from './outgoing.js';
import type { Question } from './question.js';

const enum ERROR { MODEL = -19 }

/** ISO time, worded once in a millisecond of `now`. */
let isoAt = -1;
let iso = '';

function isoTime(now: number): string {
  if (now !== isoAt) {
    isoAt = now;
    iso = new Date().toISOString();
  }
  return iso;
}

/** Of another realm or library, too. */
function isPromise(given: unknown): given is PromiseLike<string | OutgoingMessage> {
  return typeof (given as PromiseLike<unknown> | undefined)?.then === 'function';
}

export class Answers {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  begin(question: Question): void {
    const { daemon, generation } = question;
    const context = new AnswerContext(this.#host, question);
    const generate = daemon.settings.generateResponse;
    question.outgoing = null;
    try {
      const given = generate ? generate(question.heard.message, context) : this.#builtIn(context);
      if (isPromise(given)) {
        given.then(
          (reply) => question.generation === generation && this.#end(question, reply),
          (error: unknown) => question.generation === generation && this.#fail(question, error),
        );
      } else {
        this.#end(question, given);
      }
    } catch (error) {
      this.#fail(question, error);
    }
  }

  #builtIn(context: AnswerContext): string | OutgoingMessage | Promise<string | OutgoingMessage> {
    const { question } = context;
    const answer = chooseSource()(context);
    const take = ({ content, metadata, actions }: Awaited<typeof answer>): OutgoingMessage => {
      for (const action of actions ?? []) emitAction(question.daemon, action);
      return { content, channelId: context.channelId, metadata: { ...this.#metadata(question, this.#host.now()), ...metadata } };
    };
    return answer instanceof Promise ? answer.then(take) : take(answer);
  }

  #metadata({ daemon, heard }: Question, now: number): Record<string, unknown> {
    const hops = isPlain(heard) ? 0 : hopsTo(heard, this.#host.windowsOf(daemon));
    return { orchestratorId: daemon.orchestrator.id, timestamp: isoTime(now), hops: hops + 1 };
  }

  /** The attempt yielded this. */
  #end(question: Question, given: string | OutgoingMessage): void {
    const now = this.#host.now();
    try {
      question.outgoing = this.#complete(question, given, now);
    } catch (error) {
      this.#fail(question, error);
      return;
    }
    this.#host.sendDone(question, now);
  }

  /** What `generateResponse` gave, as a message: its text, or fields that it left open. Throws what is wrong. */
  #complete(question: Question, given: string | OutgoingMessage, now: number): OutgoingMessage {
    if (typeof given !== 'string') return this.#fillIn(question, given, now);
    checkReply(given);
    const { channelId, id } = question.heard.message;
    return { content: given, channelId, replyToId: id, metadata: this.#metadata(question, now) };
  }

  #fillIn(question: Question, given: OutgoingMessage, now: number): OutgoingMessage {
    const { channelId, id } = question.heard.message;
    checkReply(given?.content);
    const reply = {
      ...given, channelId: given.channelId ?? channelId, replyToId: given.replyToId ?? id,
      metadata: given.metadata ? { ...given.metadata } : this.#metadata(question, now),
    };
    checkOutgoing(reply);
    return reply;
  }

  #fail(question: Question, thrown: unknown): void {
    const error = asError(thrown);
    question.error = error;
    if (error instanceof SourceError) {
      this.#host.sendTurn(EV.TURN_ERROR, question, error.number, error.verdict, error.retryAfter);
    } else {
      this.#host.sendTurn(EV.TURN_ERROR, question, ERROR.MODEL, VERDICT.FINAL);
    }
  }

  offline(question: Question): void {
    const { orchestrator, document } = question.daemon;
    this.#end(question, offlineText(this.#host.core, orchestrator, document.charter));
  }

  /** The turn is over or begins anew: nobody waits for this attempt. */
  cancel(question: Question): void {
    question.generation = 0;
    question.abort?.abort();
    question.abort = null;
  }

  /** The reply goes into the conversation's memory. */
  remember({ daemon, heard }: Question, { content, metadata }: OutgoingMessage): void {
    const hops = metadata?.hops;
    const { orchestrator } = daemon;
    const line = { id: 0, author: orchestrator.user.id, name: shownName(orchestrator), content, hops: typeof hops === 'number' ? hops : 1 };
    const { window } = heard;
    if (window !== null && !window.closed) window.add(line);
    else this.#host.windowsOf(daemon).answer(heard, line);
  }
}
