// A client as people write it.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.regex.Pattern;

class WithHttpClient {
    public static void main(String[] arguments) throws Exception {
        var order = "{\"key\": \"k\", \"prompt\": \"a fox\", \"width\": 64, \"height\": 64}";
        var client = HttpClient.newHttpClient();
        var request = HttpRequest.newBuilder(URI.create("https://modelslab.com/api/v6/realtime/text2img"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(order))
                .build();
        var answer = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
        var link = Pattern.compile("\"output\":\\[\"([^\"]+)\"").matcher(answer);
        link.find();
        var picture = HttpRequest.newBuilder(URI.create(link.group(1).replace("\\", ""))).build();
        client.send(picture, HttpResponse.BodyHandlers.ofFile(Path.of(arguments[0])));
    }
}
