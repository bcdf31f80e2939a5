/** What runs inside the worker: the manager, its daemons and their timers. Serves a dedicated worker's page, or each page that
 * connects to a shared worker: each is told of all daemons, and the page that started one last words its replies. */
import { OrchestratorError } from '../errors.js';
import { asError } from '../thrown.js';
import { initializeDaemonManager, OrchestratorDaemonManager } from '../manager.js';
import type { DaemonEvents, GenerateResponse, ManagerEvents, ManagerEventSource, OutgoingMessage } from '../types.js';
import { packError, unpackError, type Channel, type Operation, type ToPage, type ToWorker, type WireStatus } from './protocol.js';

type Port = Channel<ToPage, ToWorker>;

interface Waiting {
  readonly port: Port;
  resolve(reply: OutgoingMessage | string): void;
  reject(error: Error): void;
}

const ports = new Set<Port>();
const waiting = new Map<number, Waiting>();
/** The page that started a daemon words its replies. */
const owners = new Map<string, Port>();
let lastGenerate = 0;

const DAEMON_EVENTS: ReadonlyArray<keyof DaemonEvents> = [
  'started', 'stopped', 'error', 'message:processed', 'message:send', 'message:error', 'action:execute', 'status:changed', 'heartbeat',
];
const MANAGER_EVENTS: ReadonlyArray<keyof ManagerEvents> = [
  'daemon:started', 'daemon:stopped', 'daemon:error', 'daemon:restarted', 'daemon:health', 'daemon:message-processed',
  'daemon:message-send', 'daemon:message-error', 'daemon:action', 'daemon:status-changed', 'daemon:heartbeat', 'daemon:start-error',
  'daemon:stop-error', 'daemon:restart-error', 'daemon:health-error', 'auto-start-error',
];

const manager = OrchestratorDaemonManager.getInstance({ url: null });

function tell(message: ToPage): void {
  for (const port of ports) port.postMessage(message);
}

function statusOf(id: string): WireStatus | null {
  const status = manager.getDaemonStatus(id);
  if (!status) return null;
  const { orchestrator: _, ...rest } = status;
  return rest;
}

function packed(value: unknown): unknown {
  return value instanceof Error ? { error: packError(value) } : value;
}

function watchManager(): void {
  for (const name of MANAGER_EVENTS) {
    manager.on(name, (event: ManagerEventSource & { error?: Error }) => {
      const { orchestratorId, orchestrator: _, error, ...rest } = event;
      tell({ managerEvent: name, id: orchestratorId, args: { ...rest, ...(error ? { error: packError(error) } : {}) }, status: statusOf(orchestratorId) });
    });
  }
}

const watched = new Set<string>();

function watchDaemon(id: string): void {
  const daemon = manager.getDaemon(id);
  if (!daemon || watched.has(id)) return;
  watched.add(id);
  for (const name of DAEMON_EVENTS) {
    daemon.on(name, (...args: unknown[]) => {
      const plain = args.map((each) => (name === 'message:error' ? { ...(each as object), ...(packed((each as { error: Error }).error) as object) } : packed(each)));
      tell({ daemonEvent: name, id, args: plain, status: statusOf(id) });
    });
  }
}

/** Asks the page; its reply, or its failure. */
const generateInPage: GenerateResponse = (message, context) => {
  const port = owners.get(context.orchestrator.id) ?? [...ports][0];
  if (!port) throw new OrchestratorError('not_found', 'there is no page that could word a reply');
  const number = ++lastGenerate;
  const { systemPrompt, messages } = context;
  port.postMessage({ generate: number, id: context.orchestrator.id, message, context: { systemPrompt, messages } });
  context.signal.addEventListener('abort', () => {
    waiting.delete(number);
    port.postMessage({ cancel: number });
  });
  return new Promise((resolve, reject) => waiting.set(number, { port, resolve, reject }));
};

async function carryOut(operation: Operation, port: Port): Promise<void> {
  switch (operation.name) {
    case 'configure':
      initializeDaemonManager({
        ...operation.config, url: null,
        daemon: { ...(operation.config as { daemon?: object }).daemon, ...(operation.generates ? { generateResponse: generateInPage } : {}) },
      });
      return;
    case 'start':
    case 'login': {
      const { orchestrator } = operation;
      owners.set(orchestrator.id, port);
      for (const other of ports) {
        if (other !== port) other.postMessage({ known: orchestrator, status: statusOf(orchestrator.id) });
      }
      const started = operation.name === 'start' ? manager.startDaemon(orchestrator) : manager.onUserLogin(orchestrator);
      watchDaemon(orchestrator.id);
      await started;
      return;
    }
    case 'startAgain': return manager.getDaemon(operation.id)?.start();
    case 'stop': return manager.stopDaemon(operation.id);
    case 'restart': return manager.restartDaemon(operation.id);
    case 'logout': return manager.onUserLogout(operation.id);
    case 'stopAll': return manager.stopAllDaemons();
    case 'route': return manager.routeMessage(operation.message);
    case 'handle': return manager.getDaemon(operation.id)?.handleMessage(operation.message);
    case 'send': return manager.getDaemon(operation.id)?.sendResponse(operation.message);
    case 'execute': return manager.getDaemon(operation.id)?.executeAction(operation.action);
  }
}

function take(data: ToWorker, port: Port): void {
  if ('bye' in data) {
    forget(port);
    return;
  }
  if ('generated' in data) {
    const waiter = waiting.get(data.generated);
    waiting.delete(data.generated);
    if (data.error) waiter?.reject(unpackError(data.error));
    else waiter?.resolve(data.reply ?? '');
    return;
  }
  carryOut(data.operation, port).then(
    () => port.postMessage({ answered: data.call }),
    (thrown: unknown) => port.postMessage({ answered: data.call, error: packError(asError(thrown)) }),
  );
}

function serve(port: Port): void {
  ports.add(port);
  port.addEventListener('message', ({ data }) => take(data, port));
  (port as unknown as EventTarget).addEventListener('close', () => forget(port)); // a page of a shared worker is gone
  port.start?.();
  for (const { orchestratorId, orchestrator } of manager.getAllDaemonStatuses()) {
    port.postMessage({ known: orchestrator, status: statusOf(orchestratorId) });
  }
}

function forget(port: Port): void {
  ports.delete(port);
  for (const [id, owner] of owners) {
    if (owner === port) owners.delete(id);
  }
  for (const [number, waiter] of waiting) {
    if (waiter.port !== port) continue;
    waiting.delete(number);
    waiter.reject(new OrchestratorError('cancelled', 'the page that worded the reply was closed'));
  }
}

watchManager();
const scope = globalThis as unknown as Port & { onconnect?: unknown; SharedWorkerGlobalScope?: unknown };
if (scope.SharedWorkerGlobalScope === undefined) serve(scope);
else scope.onconnect = ({ ports: [port] }: { ports: [Port] }) => serve(port);
