/** What @neolith/core's source reads of Node where there is one; the build replaces it (build.mjs). */
declare const process: { env: { [name: string]: string | undefined } };

declare module '*.css';
