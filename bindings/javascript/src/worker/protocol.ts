/** What page and worker say to each other. Dates and plain objects cross as they are; errors as their words. */
import type { DaemonEvents, IncomingMessage, ManagedDaemonStatus, ManagerEvents, OrchestratorWithUser, OutgoingMessage } from '../types.js';
import { OrchestratorError } from '../errors.js';

export interface WireError {
  readonly code: string;
  readonly message: string;
}

/** Without the orchestrator: each side has its own object. */
export type WireStatus = Omit<ManagedDaemonStatus, 'orchestrator'>;

export type Operation =
  | { readonly name: 'configure'; readonly config: object; readonly generates: boolean }
  | { readonly name: 'start' | 'login' ; readonly orchestrator: OrchestratorWithUser }
  | { readonly name: 'stop' | 'restart' | 'logout' | 'startAgain'; readonly id: string }
  | { readonly name: 'stopAll' }
  | { readonly name: 'route'; readonly message: IncomingMessage }
  | { readonly name: 'handle'; readonly id: string; readonly message: IncomingMessage }
  | { readonly name: 'send'; readonly id: string; readonly message: OutgoingMessage }
  | { readonly name: 'execute'; readonly id: string; readonly action: { type: string } };

/** A context without what cannot cross: the page words nothing, the worker aborts by `cancel`. */
export interface WireContext {
  readonly systemPrompt: string;
  readonly messages: Array<{ author: string; content: string; own: boolean }>;
}

export type ToWorker =
  /** The page goes; not every browser tells a shared worker so. */
  | { readonly bye: true }
  | { readonly call: number; readonly operation: Operation }
  | { readonly generated: number; readonly reply?: OutgoingMessage | string; readonly error?: WireError };

export type ToPage =
  /** A daemon that this page did not start itself: another page of a shared worker did, now or before. */
  | { readonly known: OrchestratorWithUser; readonly status: WireStatus | null }
  | { readonly answered: number; readonly error?: WireError }
  | { readonly daemonEvent: keyof DaemonEvents; readonly id: string; readonly args: unknown[]; readonly status: WireStatus | null }
  | { readonly managerEvent: keyof ManagerEvents; readonly id: string; readonly args: object; readonly status: WireStatus | null }
  | { readonly generate: number; readonly id: string; readonly message: IncomingMessage; readonly context: WireContext }
  | { readonly cancel: number };

export function packError(error: Error): WireError {
  return { code: error instanceof OrchestratorError ? error.code : error.name, message: error.message };
}

export function unpackError({ code, message }: WireError): Error {
  if (code === 'RangeError') return new RangeError(message);
  if (code === 'TypeError') return new TypeError(message);
  return new OrchestratorError(code, message);
}

/** As much of a worker or a port as is needed. */
export interface Channel<Out, In> {
  postMessage(message: Out): void;
  addEventListener(type: 'message', listener: (event: { data: In }) => void): void;
  start?(): void;
}
