import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Takes carrierhook's events: it checks the signature, appends each event once to a file, and answers.
 * What acts on the events reads the file, in its own time.
 *
 * <pre>WEBHOOK_SECRET_FILE=secret.txt java Receiver.java 8092</pre>
 *
 * Something with a certificate belongs in front of it (nginx): it speaks plain HTTP.
 */
public final class Receiver {
    private static final long TOLERANCE_SECONDS = 300; // older requests are copies that somebody sends again
    private static final int MAX_BODY = 64 << 10; // an event has less than 20 kB
    private static final int REMEMBERED = 500_000; // ids: an event that comes again after so many others is new
    private static final Pattern KIND = Pattern.compile("\"kind\":\\s*\"([\\w.]+)\"");

    private final SecretKeySpec key;
    private final RandomAccessFile journal; // a line for each event: its id, a blank, its body
    private final Map<String, Boolean> ids = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };

    private Receiver(String secret, String file) throws IOException {
        byte[] bytes = Base64.getDecoder().decode(secret.strip().replaceFirst("^whsec_", ""));
        if (bytes.length < 24) {
            throw new IllegalArgumentException("the secret is not whsec_ and the base64 of 24 bytes or more");
        }
        key = new SecretKeySpec(bytes, "HmacSHA256");
        journal = new RandomAccessFile(file, "rw");
        long end = journal.length();
        for (; end > 0; end--) {
            journal.seek(end - 1);
            if (journal.read() == '\n') {
                break;
            }
        }
        journal.setLength(end); // what followed was cut by a crash and never answered, so it comes again
        try (Stream<String> lines = Files.lines(Path.of(file), StandardCharsets.ISO_8859_1)) {
            lines.forEach(line -> ids.put(line.split(" ", 2)[0], true));
        }
    }

    /** Tells whether one of the signatures is the secret's. While a secret is being replaced there are two. */
    private boolean signed(String id, String timestamp, byte[] body, String signatures) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256"); // not shared: it is not safe for several threads
        mac.init(key);
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
        mac.update(body); // as it came: a String made of it may have other bytes
        byte[] want = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal())).getBytes(StandardCharsets.US_ASCII);
        boolean found = false;
        for (String s : signatures.split(" ")) {
            found |= MessageDigest.isEqual(want, s.getBytes(StandardCharsets.UTF_8)); // equally long wherever they differ
        }
        return found;
    }

    /** Keeps an event that is new. When it returns, the event is on the disk. */
    private synchronized boolean add(String id, byte[] body) throws IOException {
        if (ids.containsKey(id)) {
            return false;
        }
        // In JSON a line ends between values only, where a blank is as good. ISO 8859-1 keeps every byte.
        String line = new String(body, StandardCharsets.ISO_8859_1).replace('\n', ' ').replace('\r', ' ');
        long before = journal.length();
        try {
            journal.seek(before);
            journal.write((id + " " + line + "\n").getBytes(StandardCharsets.ISO_8859_1));
            journal.getFD().sync();
        } catch (IOException e) {
            journal.setLength(before);
            throw e;
        }
        ids.put(id, true);
        return true;
    }

    private int answer(HttpExchange x) throws IOException, GeneralSecurityException {
        String id = header(x, "webhook-id"), timestamp = header(x, "webhook-timestamp");
        byte[] body = x.getRequestBody().readNBytes(MAX_BODY + 1);
        if (!x.getRequestMethod().equals("POST") || body.length > MAX_BODY) {
            return 400;
        }
        if (!id.matches("[\\w-]{1,100}") || !timestamp.matches("\\d{1,12}")) {
            return 400;
        }
        long age = System.currentTimeMillis() / 1000 - Long.parseLong(timestamp);
        if (Math.abs(age) > TOLERANCE_SECONDS || !signed(id, timestamp, body, header(x, "webhook-signature"))) {
            return 401;
        }
        if (add(id, body)) {
            Matcher kind = KIND.matcher(new String(body, StandardCharsets.UTF_8));
            System.out.println("event " + id + " " + (kind.find() ? kind.group(1) : ""));
        }
        return 204; // a repeated event is as welcome
    }

    private static String header(HttpExchange x, String name) {
        String value = x.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    public static void main(String[] args) throws IOException {
        String secret = Files.readString(Path.of(System.getenv().getOrDefault("WEBHOOK_SECRET_FILE", "secret.txt")));
        Receiver receiver = new Receiver(secret, System.getenv().getOrDefault("EVENTS_FILE", "events.txt"));
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 8092;
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newFixedThreadPool(16));
        server.createContext("/", x -> {
            int status = 503; // not a 2xx, so the event comes again
            try {
                status = receiver.answer(x);
            } catch (IOException | GeneralSecurityException e) {
                e.printStackTrace();
            }
            x.sendResponseHeaders(status, -1);
            x.close();
        });
        server.start();
        System.out.println("listening on 127.0.0.1:" + server.getAddress().getPort());
    }
}
