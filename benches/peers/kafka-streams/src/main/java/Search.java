import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.hankcs.algorithm.AhoCorasickDoubleArrayTrie;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Finds all keywords of a list in the title and the text of a post. */
final class Search {
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Post(String id, String title, String text) {}

    record Found(String keyword, String part, int begin, int end) {}

    record Hit(String id, List<Found> found) {}

    private final AhoCorasickDoubleArrayTrie<String> trie = new AhoCorasickDoubleArrayTrie<>();
    private final ObjectReader reader;
    private final ObjectWriter writer;

    Search(Path keywords) throws IOException {
        var map = new TreeMap<String, String>();
        for (String keyword : Files.readAllLines(keywords)) {
            map.put(keyword, keyword);
        }
        trie.build(map);
        var mapper = new ObjectMapper();
        reader = mapper.readerFor(Post.class);
        writer = mapper.writerFor(Hit.class);
    }

    /** The hit as JSON; none where no keyword occurs. */
    List<byte[]> hits(byte[] record) {
        try {
            Post post = reader.readValue(record);
            var found = new ArrayList<Found>(0);
            search("title", post.title(), found);
            search("text", post.text(), found);
            if (found.isEmpty()) {
                return List.of();
            }
            return List.of(writer.writeValueAsBytes(new Hit(post.id(), found)));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private void search(String part, String text, List<Found> found) {
        if (text != null) {
            trie.parseText(text, (begin, end, keyword) -> {
                found.add(new Found(keyword, part, begin, end));
            });
        }
    }
}
