/** What an answer may be made of. Worded when it is asked for: a program that needs only the message pays for nothing else. */
import type { OrchestratorDaemon } from '../daemon.js';
import { noModelText, systemPrompt } from '../prompt.js';
import { Rules } from '../rules.js';
import type { ConversationMessage, IncomingMessage, OrchestratorCharter, OrchestratorWithUser, ResponseContext } from '../types.js';
import type { Host } from './host.js';
import type { Question } from './question.js';

export class AnswerContext implements ResponseContext {
  constructor(
    private readonly host: Host,
    readonly question: Question,
  ) {}

  get #daemon(): OrchestratorDaemon {
    return this.question.daemon;
  }

  get orchestrator(): OrchestratorWithUser {
    return this.#daemon.orchestrator;
  }

  get charter(): OrchestratorCharter {
    return this.#daemon.document.charter;
  }

  get message(): IncomingMessage {
    return this.question.heard.message;
  }

  get channelId(): string {
    return this.message.channelId;
  }

  get systemPrompt(): string {
    const { heard } = this.question;
    const name = heard.message.metadata?.channelName;
    return systemPrompt(this.host.core, this.orchestrator, this.charter, {
      channel: typeof name === 'string' ? name : heard.message.channelId, direct: heard.told.direct, thread: heard.told.thread !== 0,
    });
  }

  get messages(): ConversationMessage[] {
    return this.host.windowsOf(this.#daemon).read(this.question.heard, this.orchestrator.user.id);
  }

  get signal(): AbortSignal {
    return (this.question.abort ??= new AbortController()).signal;
  }

  /** The charter's rules, compiled once. */
  get rules(): Rules {
    const { work } = this.#daemon;
    if (!work) return new Rules(this.charter.rules);
    return (work.rules ??= new Rules(this.charter.rules));
  }

  /** What is said where no rule fits and there is no language model. */
  get noModelText(): string {
    return noModelText(this.host.core, this.orchestrator, this.charter);
  }

  matchRules(): ReturnType<Rules['match']> {
    return this.rules.match(this.host.core, this.message.content);
  }
}
