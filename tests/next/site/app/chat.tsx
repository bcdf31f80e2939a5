'use client';
import { getDaemonManager } from '@neolith/core';
import { useEffect, useState, type FormEvent } from 'react';

interface Line {
  id: string;
  author: string;
  content: string;
  state: 'sending' | 'dealt with' | 'not sent';
}

export function Chat({ me, channelId }: { me: { id: string; name: string }; channelId: string }) {
  const [lines, setLines] = useState<Line[]>([]);

  useEffect(() => {
    const manager = getDaemonManager();
    const heard = ({ orchestrator, message }: { orchestrator: { user: { name: string | null } }; message: { content: string; replyToId?: string } }) =>
      setLines((before) => [...before, { id: `to ${message.replyToId}`, author: orchestrator.user.name ?? '', content: message.content, state: 'dealt with' }]);
    manager.on('daemon:message-send', heard);
    return () => {
      manager.off('daemon:message-send', heard);
    };
  }, []);

  async function send(line: Line) {
    const become = (state: Line['state']) => setLines((before) => [...before.filter(({ id }) => id !== line.id), { ...line, state }]);
    become('sending');
    try {
      // The same id once more is the same message: it is posted once.
      await getDaemonManager().routeMessage({ id: line.id, content: line.content, channelId, authorId: me.id, timestamp: new Date() });
      setLines((before) => before.map((each) => (each.id === line.id ? { ...each, state: 'dealt with' } : each)));
    } catch {
      become('not sent');
    }
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const content = String(new FormData(event.currentTarget).get('content'));
    event.currentTarget.reset();
    void send({ id: crypto.randomUUID(), author: me.name, content, state: 'sending' });
  }

  return (
    <section aria-label="Chat">
      <ol aria-label="Messages">
        {lines.map((line) => (
          <li key={line.id} data-state={line.state}>
            <b>{line.author}</b> {line.content}
            {line.state === 'not sent' && <button onClick={() => void send(line)}>Send again</button>}
          </li>
        ))}
      </ol>
      <form onSubmit={submit}>
        <input name="content" aria-label="Message" autoComplete="off" required />
        <button>Send</button>
      </form>
    </section>
  );
}
