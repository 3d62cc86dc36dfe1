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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.example.orders.OrdersApplication;
import io.github.lockfile.spring.boot.autoconfigure.LockFileAutoConfiguration;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * Starts the sample application.
 */
final class Orders {

	private Orders() {
	}

	static ApplicationProcess run(Path lockFile, String... args) {
		return start(lockFile, args).awaitStarted();
	}

	/**
	 * Runs an application that has the lock and little else, which starts in half the
	 * time.
	 */
	static ApplicationProcess runWithoutServer(Path lockFile, String... args) {
		OrdersArchive archive = OrdersArchive.get();
		return start(List.of(), archive.options(), archive.classPath(), Daemon.class, lockFile, args).awaitStarted();
	}

	static ApplicationProcess start(Path lockFile, String... args) {
		return start(List.of(), lockFile, args);
	}

	static ApplicationProcess start(List<String> prefix, Path lockFile, String... args) {
		return startWith(List.of(), prefix, lockFile, args);
	}

	/**
	 * Starts it with more directories at the end of its class path.
	 */
	static ApplicationProcess startWith(List<Path> directories, List<String> prefix, Path lockFile, String... args) {
		OrdersArchive archive = OrdersArchive.get();
		String classPath = Stream.concat(Stream.of(archive.classPath()), directories.stream().map(Path::toString))
			.collect(Collectors.joining(File.pathSeparator));
		return start(prefix, archive.options(), classPath, lockFile, args);
	}

	static ApplicationProcess startWithout(List<String> jars, Path lockFile, String... args) {
		return start(List.of(), List.of(), classPathWithout(jars), lockFile, args);
	}

	static ApplicationProcess start(List<String> prefix, List<String> options, String classPath, Path lockFile,
			String... args) {
		return start(prefix, options, classPath, OrdersApplication.class, lockFile, args);
	}

	private static ApplicationProcess start(List<String> prefix, List<String> options, String classPath, Class<?> main,
			Path lockFile, String... args) {
		List<String> arguments = new ArrayList<>(
				List.of("--server.port=0", "--lockfile.path=" + lockFile, "--spring.main.banner-mode=off"));
		arguments.addAll(List.of(args));
		return ApplicationProcess.start(prefix, options, classPath, main.getName(), arguments);
	}

	static String classPathWithout(List<String> jars) {
		return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> jars.stream().noneMatch((jar) -> entry.contains("/" + jar)))
			.collect(Collectors.joining(File.pathSeparator));
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@ImportAutoConfiguration(LockFileAutoConfiguration.class)
	static class Daemon {

		public static void main(String[] args) {
			SpringApplication application = new SpringApplication(Daemon.class);
			application.setWebApplicationType(WebApplicationType.NONE);
			application.setKeepAlive(true);
			application.run(args);
		}

	}

}
