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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import com.example.orders.OrdersApplication;
import io.github.lockfile.testsupport.ChildJvm;

/**
 * The sample application in a JVM of its own.
 */
final class OrdersProcess implements AutoCloseable {

	private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

	private static final HttpClient http = HttpClient.newHttpClient();

	private final ChildJvm jvm;

	private OrdersProcess(ChildJvm jvm) {
		this.jvm = jvm;
	}

	static OrdersProcess run(Path lockFile, String... args) {
		return start(lockFile, args).awaitStarted();
	}

	static OrdersProcess start(Path lockFile, String... args) {
		return startWithout(List.of(), lockFile, args);
	}

	static OrdersProcess startWithout(List<String> jars, Path lockFile, String... args) {
		return start(List.of(), jars, lockFile, args);
	}

	static OrdersProcess start(List<String> prefix, List<String> withoutJars, Path lockFile, String... args) {
		String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> withoutJars.stream().noneMatch((jar) -> entry.contains("/" + jar)))
			.collect(Collectors.joining(File.pathSeparator));
		List<String> arguments = new ArrayList<>(
				List.of("--server.port=0", "--lockfile.path=" + lockFile, "--spring.main.banner-mode=off"));
		arguments.addAll(List.of(args));
		return new OrdersProcess(ChildJvm.start(prefix, classPath, OrdersApplication.class, arguments.toArray()));
	}

	OrdersProcess awaitStarted() {
		this.jvm.awaitOutput("Started OrdersApplication");
		return this;
	}

	OrdersProcess awaitOutput(String text) {
		this.jvm.awaitOutput(text);
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
		Matcher port = PORT.matcher(output());
		if (!port.find()) {
			throw new AssertionError("No port in the output:\n" + output());
		}
		URI uri = URI.create("http://localhost:" + port.group(1) + path);
		return http.sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
	}

	@Override
	public void close() {
		this.jvm.close();
	}

}
