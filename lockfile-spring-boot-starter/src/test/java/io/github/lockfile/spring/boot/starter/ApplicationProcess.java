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

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.lockfile.testsupport.ChildJvm;
import org.awaitility.Awaitility;

import org.springframework.util.FileSystemUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application in a JVM of its own. Closing it kills it.
 */
final class ApplicationProcess implements AutoCloseable {

	/**
	 * A Tomcat that is no part of an application writes no file.
	 */
	private static final Pattern TOMCAT_PORT = Pattern.compile("http-nio-auto-1-(\\d+)");

	/**
	 * Has every application write its ports to files.
	 */
	private static final Path PORT_FILE_WRITER = Path.of("src/test/port-file").toAbsolutePath();

	private static final HttpClient http = HttpClient.newHttpClient();

	private final ChildJvm jvm;

	private final Path own;

	private ApplicationProcess(ChildJvm jvm, Path own) {
		this.jvm = jvm;
		this.own = own;
	}

	static ApplicationProcess start(List<String> options, String classPath, String main, List<String> args) {
		return start(List.of(), options, classPath, main, args);
	}

	static ApplicationProcess start(List<String> prefix, List<String> options, String classPath, String main,
			List<String> args) {
		try {
			Path own = Files.createTempDirectory("application-");
			List<String> command = new ArrayList<>(List.of("env", "PORTFILE=" + own.resolve("server.port")));
			command.addAll(prefix);
			// An application that is killed leaves its temporary files there.
			List<String> optionsOfAll = new ArrayList<>(List.of("-Djava.io.tmpdir=" + own));
			optionsOfAll.addAll(options);
			String classPathOfAll = main.startsWith("org.apache.catalina.") ? classPath
					: classPath + File.pathSeparator + PORT_FILE_WRITER;
			return new ApplicationProcess(ChildJvm.start(command, optionsOfAll, classPathOfAll, main, args.toArray()),
					own);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
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
		return getAsync(uri("server.port", path));
	}

	static CompletableFuture<HttpResponse<String>> getAsync(URI uri) {
		return sendAsync(HttpRequest.newBuilder(uri).build());
	}

	/**
	 * Asks the second server of the application, that for its management.
	 */
	HttpResponse<String> getFromManagement(String path) {
		return getAsync(uri("server-management.port", path)).join();
	}

	HttpResponse<String> post(String path) {
		return post(uri("server.port", path));
	}

	/**
	 * Posts what may stop the server before it can answer.
	 */
	void postWithoutAnswer(String path) {
		HttpRequest request = HttpRequest.newBuilder(uri("server.port", path)).POST(BodyPublishers.noBody()).build();
		sendAsync(request).handle((response, ex) -> (response != null) ? response.statusCode() : 200)
			.thenAccept((status) -> assertThat(status).isEqualTo(200))
			.join();
	}

	HttpResponse<String> postToManagement(String path) {
		return post(uri("server-management.port", path));
	}

	static HttpResponse<String> post(URI uri) {
		return sendAsync(HttpRequest.newBuilder(uri).POST(BodyPublishers.noBody()).build()).join();
	}

	private static CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest request) {
		return http.sendAsync(request, BodyHandlers.ofString());
	}

	private URI uri(String server, String path) {
		return URI.create("http://localhost:" + port(server) + path);
	}

	private String port(String server) {
		Matcher tomcat = TOMCAT_PORT.matcher(output());
		if (tomcat.find()) {
			return tomcat.group(1);
		}
		Path file = this.own.resolve(server);
		try {
			Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> Files.exists(file) && Files.size(file) > 0);
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		this.jvm.close();
		try {
			FileSystemUtils.deleteRecursively(this.own);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
