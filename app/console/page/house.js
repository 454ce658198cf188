// What the page asks the node, and what it tells it: the API's paths are only here.

import {get, inPath, post} from "./api.js";

/// Actors that one answer lists.
export const actorsMax = 20_000;

export const status = () => get("/v1/status");
export const rates = (after) => get("/v1/rates", {after});
export const pools = () => get("/v1/pools");
export const breakers = () => get("/v1/breakers");
export const routes = () => get("/v1/routes");
export const actors = () => get("/v1/actors", {limit: actorsMax});
export const actor = (path) => get(`/v1/actors${inPath(path)}`);
export const messages = (filter, limit, after) => get("/v1/queue/messages", {...filter, limit, after});
export const message = (id, body) => get(`/v1/queue/messages/${inPath(id)}`, {body: body ? "1" : ""});
export const why = (id) => get(`/v1/queue/messages/${inPath(id)}/why`);

export const actorAct = (act, path) => post(`/v1/actors${inPath(path)}/${act}`);
export const breakerAct = (act, name) => post(`/v1/breakers/${act}`, {name});
export const routeAct = (act, name) => post(`/v1/routes/${act}`, {name});
export const queueAct = (act, which) => post(`/v1/queue/${act}`, which);

/// A part that this node does not have answers 404.
export const isMissing = (error) => error?.status === 404 || error?.status === 405;
