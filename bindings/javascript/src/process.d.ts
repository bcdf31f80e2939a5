/** What bundlers replace, and Node has. */
declare const process: { env: { [name: string]: string | undefined } };
