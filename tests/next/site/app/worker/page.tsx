'use client';
import { getWorkerDaemonManager } from '@neolith/core/worker';
import { useEffect, useState } from 'react';

const echo = { id: 'echo', role: 'Echo', user: { id: 'echo', name: 'Echo', email: 'echo@example.org', isOrchestrator: true } };

/** A daemon of the page's own, in a worker that the bundler made. */
export default function WorkerPage() {
  const [heartbeats, setHeartbeats] = useState(0);
  const [reply, setReply] = useState('');

  useEffect(() => {
    const manager = getWorkerDaemonManager({ daemon: { heartbeatInterval: 100, generateResponse: ({ content }) => `${content}, ${content}` } });
    manager.on('daemon:heartbeat', () => setHeartbeats((before) => before + 1));
    manager.on('daemon:message-send', ({ message }) => setReply(message.content));
    void manager.startDaemon(echo).then((daemon) =>
      daemon.handleMessage({ id: '1', content: 'Hello @echo', channelId: 'hills', authorId: 'me', timestamp: new Date() }));
  }, []);

  return (
    <main>
      <h1>Worker</h1>
      <p>{heartbeats} heartbeats</p>
      <output>{reply}</output>
    </main>
  );
}
