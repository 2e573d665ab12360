/** Kafka's rule for topic names, kept by both shapes, so that every log can move. */
const LEGAL_TOPIC = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

export function isLegalTopic(topic: string): boolean {
  return LEGAL_TOPIC.test(topic);
}
