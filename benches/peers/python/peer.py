"""Posts in, hits out, by confluent-kafka, orjson and ahocorasick_rs.

Tells on standard output how many records it has read, and ends when its standard input does.
"""

import sys

import ahocorasick_rs
import orjson
from confluent_kafka import Consumer, KafkaException, Producer

BATCH = 1_000


def search(automaton, keywords, record):
    """The hit as JSON; none where no keyword occurs in the title or the text."""
    post = orjson.loads(record)
    found = []
    for part in ("title", "text"):
        text = post.get(part)
        if text:
            for keyword, begin, end in automaton.find_matches_as_indexes(text, overlapping=True):
                found.append([keywords[keyword], part, begin, end])
    return orjson.dumps({"id": post["id"], "found": found}) if found else None


def main():
    brokers, group, posts, hits, list_of_keywords, records = sys.argv[1:]
    records = int(records)
    with open(list_of_keywords, encoding="utf-8") as lines:
        keywords = lines.read().split("\n")
    automaton = ahocorasick_rs.AhoCorasick(keywords)
    consumer = Consumer({
        "bootstrap.servers": brokers,
        "group.id": group,
        "auto.offset.reset": "earliest",
        # The default of a second starves a consumer that works between its reads.
        "fetch.queue.backoff.ms": 10,
    })
    producer = Producer({
        "bootstrap.servers": brokers,
        "compression.type": "lz4",
        "linger.ms": 20,
    })
    consumer.subscribe([posts])
    read, told = 0, 0
    while read < records:
        for message in consumer.consume(BATCH, 0.1):
            if message.error():
                raise KafkaException(message.error())
            hit = search(automaton, keywords, message.value())
            if hit:
                producer.produce(hits, hit, key=message.key())
            read += 1
        producer.poll(0)
        if read - told >= records // 100 or read >= records:
            told = read
            print(read, flush=True)
    producer.flush()
    sys.stdin.read()
    consumer.close()


main()
