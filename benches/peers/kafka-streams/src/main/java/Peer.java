import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * Posts in, hits out, by Kafka Streams. Tells on standard output how many records it has read, and
 * ends when its standard input does.
 */
public final class Peer {
    private static final int THREADS = 2;

    public static void main(String[] arguments) throws Exception {
        String brokers = arguments[0];
        String group = arguments[1];
        String posts = arguments[2];
        String hits = arguments[3];
        var search = new Search(Path.of(arguments[4]));
        long records = Long.parseLong(arguments[5]);
        var read = new AtomicLong();
        long step = Math.max(records / 100, 1);

        var builder = new StreamsBuilder();
        var bytes = Serdes.ByteArray();
        builder.stream(posts, Consumed.with(bytes, bytes))
                .flatMapValues(record -> {
                    var found = search.hits(record);
                    long count = read.incrementAndGet();
                    if (count % step == 0 || count == records) {
                        System.out.println(count);
                    }
                    return found;
                })
                .to(hits, Produced.with(bytes, bytes));

        var streams = new KafkaStreams(builder.build(), settings(brokers, group, arguments[6]));
        streams.start();
        while (System.in.read() != -1) {
            // Whoever measures says nothing; the end is what is waited for.
        }
        streams.close();
    }

    private static Properties settings(String brokers, String group, String folder) {
        var settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, group);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, folder);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, THREADS);
        // Room to fetch ahead, as the other readers have.
        settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
        var consumer = StreamsConfig.CONSUMER_PREFIX;
        settings.put(consumer + ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(consumer + ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
        settings.put(consumer + ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
        var producer = StreamsConfig.PRODUCER_PREFIX;
        settings.put(producer + ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        settings.put(producer + ProducerConfig.LINGER_MS_CONFIG, 20);
        return settings;
    }
}
