/** Attempts at an answer: from `generateResponse`, else from a built-in source (sources.ts). An attempt that was cancelled is known
 * by its turn: what still comes of it is dropped. */
import { EV, VERDICT } from '../core/exports.js';
import type { OrchestratorDaemon } from '../daemon.js';
import { asError } from '../thrown.js';
import { offlineText, shownName } from '../prompt.js';
import { chooseSource, SourceError } from '../sources/choose.js';
import type { OutgoingMessage } from '../types.js';
import { AnswerContext } from './context.js';
import { emitAction } from './events.js';
import { handleOf } from './handle.js';
import type { Host } from './host.js';
import { completeReply } from './outgoing.js';
import type { Question } from './question.js';

const MODEL_ERROR = -19;

/** ISO time, worded once a millisecond. */
let isoAt = -1;
let iso = '';

function isoNow(): string {
  const now = Date.now();
  if (now !== isoAt) {
    isoAt = now;
    iso = new Date(now).toISOString();
  }
  return iso;
}

export class Answers {
  constructor(private readonly host: Host) {}

  nameOf(daemon: OrchestratorDaemon): string {
    return shownName(daemon.orchestrator);
  }

  begin(daemon: OrchestratorDaemon, question: Question): void {
    const { turnLow, turnHigh } = question;
    const current = (): boolean => question.turnLow === turnLow && question.turnHigh === turnHigh;
    const context = new AnswerContext(this.host, daemon, question);
    const generate = daemon.settings.generateResponse;
    question.outgoing = null;
    try {
      const given = generate ? generate(question.heard.message, context) : this.builtIn(daemon, context);
      if (given instanceof Promise) {
        given.then(
          (reply) => current() && this.end(daemon, question, reply),
          (error: unknown) => current() && this.fail(question, error),
        );
      } else {
        this.end(daemon, question, given);
      }
    } catch (error) {
      this.fail(question, error);
    }
  }

  private builtIn(daemon: OrchestratorDaemon, context: AnswerContext): string | OutgoingMessage | Promise<string | OutgoingMessage> {
    const answer = chooseSource()(context);
    const take = ({ content, metadata, actions }: Awaited<typeof answer>): OutgoingMessage => {
      for (const action of actions ?? []) emitAction(daemon, action);
      return { content, channelId: context.channelId, metadata: { ...this.metadata(daemon, context.question), ...metadata } };
    };
    return answer instanceof Promise ? answer.then(take) : take(answer);
  }

  private metadata(daemon: OrchestratorDaemon, question: Question): Record<string, unknown> {
    const { heard } = question;
    const hops = heard.hops ?? (heard.fromDaemon ? this.host.windowsOf(daemon).hops(heard) : 0);
    return { orchestratorId: daemon.orchestrator.id, timestamp: isoNow(), hops: hops + 1 };
  }

  /** The attempt yielded this. */
  private end(daemon: OrchestratorDaemon, question: Question, given: string | OutgoingMessage): void {
    const { message } = question.heard;
    try {
      question.outgoing = completeReply(given, message.channelId, message.id, () => this.metadata(daemon, question));
    } catch (error) {
      this.fail(question, error);
      return;
    }
    this.host.sendTurn(EV.TURN_DONE, question);
  }

  private fail(question: Question, thrown: unknown): void {
    const error = asError(thrown);
    question.error = error;
    if (error instanceof SourceError) {
      this.host.sendTurn(EV.TURN_ERROR, question, error.number, error.verdict, error.retryAfter);
    } else {
      this.host.sendTurn(EV.TURN_ERROR, question, MODEL_ERROR, VERDICT.FINAL);
    }
  }

  offline(daemon: OrchestratorDaemon, question: Question): void {
    this.end(daemon, question, offlineText(this.host.core, daemon.orchestrator, daemon.document.charter));
  }

  /** The turn is over or begins anew: nobody waits for this attempt. */
  cancel(question: Question): void {
    question.turnLow = question.turnHigh = 0;
    question.abort?.abort();
    question.abort = null;
  }

  /** The reply goes into the conversation's memory. */
  remember(daemon: OrchestratorDaemon, question: Question): void {
    const { heard, outgoing } = question;
    const hops = outgoing?.metadata?.hops;
    this.host.windowsOf(daemon).say(heard.conversation, handleOf(daemon.orchestrator.user.id), this.nameOf(daemon),
      outgoing?.content ?? '', typeof hops === 'number' ? hops : 1);
  }
}
