// The whole module, within reach of a test.
import * as core from '@neolith/core';
import { getWorkerDaemonManager } from '@neolith/core/worker';

Object.assign(window, { core, getWorkerDaemonManager });
