import "./tokens.css";
import "./base.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { openHost } from "./host/open";
import { windowLanguage } from "./messages/language";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app");

const language = windowLanguage();
document.documentElement.lang = language.locale;

const host = await openHost();
mount(App, { target, props: { host, language } });
