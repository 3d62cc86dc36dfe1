/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot.starter;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import io.github.lockfile.testsupport.ChildJvm;
import org.awaitility.Awaitility;

/**
 * An application in a JVM of its own. Closing it kills it.
 */
final class ApplicationProcess implements AutoCloseable {

	private static final Pattern PORT = Pattern.compile("(?:Tomcat started on port |http-nio-auto-1-)(\\d+)");

	private static final HttpClient http = HttpClient.newHttpClient();

	private final ChildJvm jvm;

	private ApplicationProcess(ChildJvm jvm) {
		this.jvm = jvm;
	}

	static ApplicationProcess start(List<String> prefix, String classPath, String main, List<String> args) {
		return new ApplicationProcess(ChildJvm.start(prefix, classPath, main, args.toArray()));
	}

	ApplicationProcess awaitStarted() {
		return awaitOutput("(process running for ");
	}

	ApplicationProcess awaitOutput(String text) {
		this.jvm.awaitOutput(text);
		return this;
	}

	/**
	 * Waits until a text has been printed so many times.
	 */
	ApplicationProcess awaitOutput(String text, int times) {
		Awaitility.await()
			.atMost(Duration.ofMinutes(2))
			.until(() -> Pattern.compile(text, Pattern.LITERAL).matcher(output()).results().count() >= times);
		return this;
	}

	int awaitExit() {
		return this.jvm.awaitExit();
	}

	void terminate() {
		this.jvm.process().destroy();
	}

	void kill() {
		this.jvm.kill();
	}

	boolean isAlive() {
		return this.jvm.process().isAlive();
	}

	long pid() {
		return this.jvm.pid();
	}

	String output() {
		return this.jvm.output();
	}

	HttpResponse<String> get(String path) {
		return getAsync(path).join();
	}

	CompletableFuture<HttpResponse<String>> getAsync(String path) {
		return sendAsync(HttpRequest.newBuilder(uri(0, path)).build());
	}

	/**
	 * Asks the second server of the application, that for its management.
	 */
	HttpResponse<String> getFromManagement(String path) {
		return sendAsync(HttpRequest.newBuilder(uri(1, path)).build()).join();
	}

	HttpResponse<String> post(String path) {
		return post(uri(0, path));
	}

	HttpResponse<String> postToManagement(String path) {
		return post(uri(1, path));
	}

	private static HttpResponse<String> post(URI uri) {
		return sendAsync(HttpRequest.newBuilder(uri).POST(BodyPublishers.noBody()).build()).join();
	}

	private static CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest request) {
		return http.sendAsync(request, BodyHandlers.ofString());
	}

	private URI uri(int server, String path) {
		List<String> ports = PORT.matcher(output()).results().map((MatchResult result) -> result.group(1)).toList();
		if (ports.size() <= server) {
			throw new AssertionError("No port in the output:\n" + output());
		}
		return URI.create("http://localhost:" + ports.get(server) + path);
	}

	@Override
	public void close() {
		this.jvm.close();
	}

}
