/** Whether this build plays scripts instead of talking to the desktop app (vite.config.ts). */
declare const __SCRIPTED_HOST__: boolean;
