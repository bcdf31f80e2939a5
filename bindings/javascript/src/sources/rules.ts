/** Offline: the charter's rules, else the charter in its own words; and whom it hands over to, as add_escalation() in
 * src/runtime/answer.c says it. */
import { sharedCore } from '../core/shared.js';
import type { AnswerContext } from '../embedded/context.js';
import type { Answer } from './choose.js';

function handedOver({ charter, message }: AnswerContext): string {
  const { enabled, triggers, escalateTo } = charter.operational?.escalation ?? {};
  const trigger = enabled && triggers?.find((each) => sharedCore().phraseIn(message.content, each));
  const names = (escalateTo ?? []).map((name) => name.replace(/^@?/, '@'));
  const last = names.pop();
  if (!trigger || !last) return '';
  return `\n\nThis concerns "${trigger}": I hand it over to ${names.join(', ')}${names.length > 0 ? ' and ' : ''}${last}.`;
}

export function answerByRules(context: AnswerContext): Answer {
  const found = context.matchRules();
  const content = (found ? found.reply : context.noModelText) + handedOver(context);
  return { content, actions: found?.actions ?? [], metadata: { model: 'rules' } };
}
