/** Where a daemon talks, and how busy it is there. */
import { Link } from '../app/router.js';
import { Badge, Icon, Spinner } from '../ui/index.js';
import { Ago } from './clock.js';
import { count } from './figures.js';
import type { Conversation } from './wire.js';

export function Conversations({ conversations, hidden }: { conversations: Conversation[] | null; hidden: number }) {
  return (
    <section aria-labelledby="conversations-title">
      <h2 className="panel__title" id="conversations-title">Conversations</h2>
      {conversations === null ? <Spinner label="Loading the conversations" /> : conversations.length + hidden === 0 ? (
        <p className="panel__none">It has not talked to anybody yet. Mention it in a channel, and it answers there.</p>
      ) : (
        <ul role="list" className="talks">
          {conversations.map((each) => <Item key={`${each.channelId} ${each.parentId ?? ''}`} conversation={each} />)}
          {hidden > 0 && <li className="talk talk__note"><Icon name="lock" size={15} />{hidden === 1 ? 'One more' : `${count(hidden)} more`} in channels that you are not in</li>}
        </ul>
      )}
    </section>
  );
}

function Item({ conversation: { channelId, channelName, parentId, running, queued, answered, lastAnsweredAt } }: { conversation: Conversation }) {
  const place = `/c/${encodeURIComponent(channelId)}${parentId ? `/t/${encodeURIComponent(parentId)}` : ''}`;
  return (
    <li className="talk">
      <Icon name={parentId ? 'thread' : 'hash'} size={16} />
      <div className="talk__place">
        <Link to={place} className="ellipsis">{channelName}{parentId ? ', a thread' : ''}</Link>
        <span className="talk__note">{count(answered)} answered · <Ago time={lastAnsweredAt} none="not yet" /></span>
      </div>
      {running > 0 && <Badge kind="accent">answering</Badge>}
      {queued > 0 && <Badge kind="warn">{count(queued)} waiting</Badge>}
    </li>
  );
}
