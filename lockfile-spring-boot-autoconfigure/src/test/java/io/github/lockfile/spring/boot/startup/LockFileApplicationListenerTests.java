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

package io.github.lockfile.spring.boot.startup;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

import io.github.lockfile.LockFile;
import io.github.lockfile.LockFileHeldException;
import io.github.lockfile.testsupport.ChildJvm;
import io.github.lockfile.testsupport.HolderProcess;
import io.github.lockfile.testsupport.LockPathTestCase;
import io.github.lockfile.testsupport.Outsider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.ExitCodeGenerator;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationContextInitializedEvent;
import org.springframework.boot.context.event.ApplicationPreparedEvent;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.asm.ClassWriter;
import org.springframework.asm.Opcodes;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.io.DefaultResourceLoader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@ExtendWith(OutputCaptureExtension.class)
class LockFileApplicationListenerTests extends LockPathTestCase {

	private static final String PID = Long.toString(ProcessHandle.current().pid());

	@Test
	void holdsTheLockWhileTheContextIsOpen() {
		try (ConfigurableApplicationContext context = run(Empty.class)) {
			assertThat(context.getBean(LockFile.class).path()).isEqualTo(this.path);
			assertThat(context.getBean("lockFile")).isInstanceOf(LockFile.class);
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
		assertThat(Outsider.isRefused(this.path)).isFalse();
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" " + PID + "\n");
	}

	@Test
	void resolvesPlaceholdersOfSpringBeforeItsOwn() {
		run(Empty.class, "--spring.application.name=orders",
				"--lockfile.content-template=${spring.application.name};{pid}")
			.close();
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo(" orders;" + PID + "\n");
	}

	@Test
	void aSecondContextInTheSameJvmIsRefusedBeforeAnyBean(CapturedOutput output) {
		try (ConfigurableApplicationContext first = run(Empty.class)) {
			assertThatExceptionOfType(LockFileNotAcquiredException.class).isThrownBy(() -> run(Announcing.class))
				.satisfies((ex) -> assertThat(ex.getExitCode()).isEqualTo(75));
			assertThat(output)
				.contains("Another instance in this JVM holds the lock file '" + this.path + "'. The file says: " + PID)
				.contains("Action:")
				.doesNotContain("bean created");
			assertThat(first.isActive()).isTrue();
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void aContextInAnotherClassLoaderIsRefused() throws Exception {
		List<URL> classPath = new ArrayList<>();
		for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
			classPath.add(Path.of(entry).toUri().toURL());
		}
		try (ConfigurableApplicationContext first = run(Empty.class);
				URLClassLoader other = new URLClassLoader(classPath.toArray(URL[]::new),
						ClassLoader.getPlatformClassLoader())) {
			ClassLoader original = Thread.currentThread().getContextClassLoader();
			Thread.currentThread().setContextClassLoader(other);
			try {
				Class<?> main = other.loadClass(Main.class.getName());
				assertThat(main).isNotSameAs(Main.class);
				Method method = main.getMethod("main", String[].class);
				method.setAccessible(true);
				assertThatException().isThrownBy(() -> method.invoke(null, (Object) arguments()))
					.withStackTraceContaining("held by this JVM");
			}
			finally {
				Thread.currentThread().setContextClassLoader(original);
			}
			assertThat(first.isActive()).isTrue();
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
	}

	@Test
	void isRefusedByAnotherProcess(CapturedOutput output) {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid};web-1")) {
			assertThatExceptionOfType(LockFileNotAcquiredException.class).isThrownBy(() -> run(Announcing.class))
				.withCauseInstanceOf(LockFileHeldException.class);
			assertThat(output).contains("""
					Description:

					Another instance holds the lock file '%s'. The file says: %s;web-1 \
					(possibly from an earlier instance)

					Action:

					Stop that instance, wait for it with 'lockfile.timeout', or give this one its own lock file with \
					'lockfile.path'.
					""".formatted(this.path, holder.pid())).doesNotContain("bean created", "\tat ");
		}
	}

	@Test
	void logsOnceThatItWaitsAndOnceThatItGotTheLock(CapturedOutput output) {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			Thread closer = new Thread(() -> {
				Awaitility.await().until(() -> output.getOut().contains("waiting at most 1m"));
				holder.send("close");
			});
			closer.start();
			run(Empty.class, "--lockfile.timeout=1m").close();
			assertThat(output.getOut()).containsOnlyOnce("waiting at most 1m")
				.containsOnlyOnce("Acquired lock file")
				.containsPattern(
						"Acquired lock file '" + Pattern.quote(this.path.toString()) + "' after waiting \\d+ ms");
		}
	}

	@Test
	void isRefusedAtTheEndOfTheTimeout() {
		try (ChildJvm holder = HolderProcess.hold(this.path, "{pid}")) {
			assertThatExceptionOfType(LockFileNotAcquiredException.class)
				.isThrownBy(() -> run(Empty.class, "--lockfile.timeout=100ms"))
				.withMessageContaining(Long.toString(holder.pid()));
		}
	}

	@Test
	void aContextThatFailsToRefreshReleases() {
		assertThatExceptionOfType(BeanCreationException.class).isThrownBy(() -> run(Failing.class));
		run(Empty.class).close();
	}

	@Test
	void aContextThatFailsBeforeRefreshReleases() {
		SpringApplication application = application(Empty.class);
		application.addListeners((ApplicationListener<ApplicationPreparedEvent>) (event) -> {
			throw new IllegalStateException("expected");
		});
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> application.run(arguments()));
		run(Empty.class).close();
	}

	@Test
	void aRunnerThatFailsReleasesAfterTheLastBean(CapturedOutput output) {
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> run(FailingRunner.class, "--test.lock-file=" + this.path));
		assertThat(output).contains("destroyed while an outsider is refused: true");
		run(Empty.class).close();
	}

	@Test
	void aChildContextSharesTheLockOfItsParent() {
		try (ConfigurableApplicationContext parent = run(Empty.class)) {
			ConfigurableApplicationContext child = new SpringApplicationBuilder(Empty.class).parent(parent)
				.web(WebApplicationType.NONE)
				.run(arguments());
			assertThat(child.getBean(LockFile.class)).isSameAs(parent.getBean(LockFile.class));
			child.close();
			assertThat(Outsider.isRefused(this.path)).isTrue();
		}
		assertThat(Outsider.isRefused(this.path)).isFalse();
	}

	@Test
	void advisesToSetANameIfTheDefaultPathRestsOnAClassAlone(CapturedOutput output) {
		String advice = "set 'spring.application.name' or 'lockfile.path'";
		withSystemProperty("java.io.tmpdir", this.directory.toString(), () -> {
			application(Empty.class).run("--spring.application.name=orders").close();
			assertThat(output).contains("orders.lock', the default of 'lockfile.path'").doesNotContain(advice);
			application(Empty.class).run().close();
			assertThat(output).contains("Empty.lock', the default of 'lockfile.path'. It has the name of a class",
					advice);
		});
	}

	@Test
	void takesNoLockWhenDisabled() {
		assertTakesNoLock("--lockfile.enabled=false");
	}

	@Test
	void takesNoLockDuringAotProcessing() {
		withSystemProperty("spring.aot.processing", "true", this::assertTakesNoLock);
	}

	@Test
	void takesNoLockInTheBootstrapContextOfSpringCloud() {
		assertThat(isLockedWithBootstrapSource(true, Map.of("spring.config.name", "bootstrap"))).isFalse();
	}

	@Test
	void aSourceThatIsNamedLikeThatOfSpringCloudKeepsNoLockFromBeingTaken() {
		assertThat(isLockedWithBootstrapSource(false, Map.of("spring.config.name", "bootstrap"))).isTrue();
		assertThat(isLockedWithBootstrapSource(true, Map.of("shop.name", "orders"))).isTrue();
	}

	private boolean isLockedWithBootstrapSource(boolean springCloud, Map<String, Object> properties) {
		SpringApplication application = application(Empty.class);
		if (springCloud) {
			application.setResourceLoader(new DefaultResourceLoader(new SpringCloudClassLoader()));
		}
		application.addInitializers((context) -> context.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource("bootstrap", properties)));
		try (ConfigurableApplicationContext context = application.run(arguments())) {
			assertThat(Files.exists(this.path)).isEqualTo(context.containsBean("lockFile"));
			return context.containsBean("lockFile");
		}
	}

	@Test
	void holdsTheLockBeforeOtherListenersOfTheSameEvent() {
		AtomicBoolean held = new AtomicBoolean();
		SpringApplication application = application(Empty.class);
		application.addListeners(new EarlyListener(held));
		application.run(arguments()).close();
		assertThat(held).isTrue();
	}

	@Test
	void seesPropertiesThatAnInitializerAdds() {
		Path other = this.directory.resolve("other.lock");
		SpringApplication application = application(Empty.class);
		application.addInitializers((context) -> context.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource("initializer", Map.of("lockfile.path", other.toString()))));
		application.run(arguments()).close();
		assertThat(other).exists();
		assertThat(this.path).doesNotExist();
	}

	@Test
	void thePathIsNamedAfterTheApplicationByDefault() {
		withSystemProperty("java.io.tmpdir", this.directory.toString(), () -> {
			application(Empty.class).run("--spring.application.name=shop/orders").close();
			assertThat(this.directory.resolve("shop%2Forders.lock")).exists();
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "{pdi}", "{", "{pid" })
	void aMalformedTemplateIsReported(String template, CapturedOutput output) {
		assertThatException().isThrownBy(() -> run(Announcing.class, "--lockfile.content-template=" + template));
		assertReport(output, "Invalid value '" + template + "' for configuration property 'lockfile.content-template'",
				"Content template '" + template + "'", "Known placeholders: {pid}, {hostname}, {user}, {timestamp}.\n",
				"Review the value of the property");
		assertThat(this.directory).isEmptyDirectory();
	}

	@ParameterizedTest
	@CsvSource({ "lockfile.timeout, Use '0s' not to wait.", "lockfile.verify-interval, Use '0s' not to verify.",
			"lockfile.shutdown-timeout, Use '0s' to halt at once." })
	void aNegativeDurationIsReported(String property, String remedy, CapturedOutput output) {
		assertThatException().isThrownBy(() -> run(Announcing.class, "--" + property + "=-5s"));
		assertReport(output, property, "-5s", "It must not be negative. " + remedy);
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void aShutdownForALossThatNobodyWouldNoticeIsReported(CapturedOutput output) {
		assertThatException()
			.isThrownBy(() -> run(Announcing.class, "--lockfile.on-lost=shutdown", "--lockfile.verify-interval=0s"));
		assertReport(output, "lockfile.on-lost", "nothing would notice a lost lock");
		assertThat(this.directory).isEmptyDirectory();
	}

	@ParameterizedTest
	@ValueSource(strings = { "--lockfile.tiemout=5s", "--lockfile.content-template.hostname=" })
	void anUnknownNameIsReported(String argument, CapturedOutput output) {
		assertThatException().isThrownBy(() -> run(Announcing.class, argument));
		assertReport(output, argument.substring(2, argument.indexOf('=')));
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void anEmptyTemplateLeavesTheContent() throws IOException {
		Files.writeString(this.path, "precious");
		run(Empty.class, "--lockfile.content-template=").close();
		assertThat(this.path).content(StandardCharsets.UTF_8).isEqualTo("precious");
	}

	@ParameterizedTest
	@CsvSource({ "lockfile.timeout, soon, 'is not a valid duration'",
			"lockfile.verify-interval, 5 minutes, 'is not a valid duration'", "lockfile.enabled, maybe, 'to boolean'",
			"lockfile.on-lost, panic, 'REPORT\n    SHUTDOWN'" })
	void aValueOfTheWrongTypeIsReported(String property, String value, String reason, CapturedOutput output) {
		assertThatException().isThrownBy(() -> run(Announcing.class, "--" + property + "=" + value));
		assertReport(output, "Failed to bind properties under '" + property + "'", "Value: \"" + value + "\"", reason,
				"Origin: \"" + property + "\" from property source \"commandLineArgs\"");
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void tooLongAContentIsReported(CapturedOutput output) {
		assertThatException()
			.isThrownBy(() -> run(Announcing.class, "--lockfile.content-template=" + "x".repeat(8 * 1024 + 1)));
		assertReport(output, "lockfile.content-template",
				"The content has 8193 bytes, more than the 8190 that a lock file may have.");
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void aStringThatIsNoPathIsReported(CapturedOutput output) {
		this.path = this.directory.resolve("a");
		assertThatException().isThrownBy(() -> application(Announcing.class).run("--lockfile.path=a\0b"));
		assertReport(output, "lockfile.path", "It has the control character U+0000.");
	}

	@Test
	void aDirectoryIsReported(CapturedOutput output) throws IOException {
		Files.createDirectory(this.path);
		assertUnusable(output, "it is a directory");
		assertThat(this.path).isEmptyDirectory();
	}

	@Test
	void aSymbolicLinkIsReported(CapturedOutput output) throws IOException {
		Path target = this.directory.resolve("target");
		Files.createSymbolicLink(this.path, target);
		assertUnusable(output, "it is a symbolic link");
		assertThat(target).doesNotExist();
		Files.writeString(target, "precious");
		assertUnusable(output, "it is a symbolic link");
		assertThat(target).content(StandardCharsets.UTF_8).isEqualTo("precious");
	}

	@Test
	void aFifoIsReported(CapturedOutput output) throws Exception {
		assertThat(new ProcessBuilder("mkfifo", this.path.toString()).start().waitFor()).isZero();
		assertUnusable(output, "it is not a regular file");
	}

	@Test
	void aDeviceIsReported(CapturedOutput output) {
		this.path = Path.of("/dev/null");
		assertUnusable(output, "it is not a regular file");
	}

	@Test
	void aLargeFileIsReported(CapturedOutput output) throws IOException {
		byte[] data = new byte[1 << 20];
		Arrays.fill(data, (byte) 'x');
		Files.write(this.path, data);
		assertUnusable(output, "it has 1048576 bytes, more than the 8192 of any lock file");
		assertThat(this.path).hasBinaryContent(data);
	}

	@Test
	void aParentThatIsAFileIsReported(CapturedOutput output) throws IOException {
		Path file = Files.writeString(this.directory.resolve("file"), "precious");
		this.path = file.resolve("app.lock");
		assertUnusable(output, "'" + file + "' is not a directory");
		assertThat(file).content(StandardCharsets.UTF_8).isEqualTo("precious");
	}

	private void assertUnusable(CapturedOutput output, String reason) {
		assertThatExceptionOfType(LockFileNotAcquiredException.class).isThrownBy(() -> run(Announcing.class))
			.satisfies((ex) -> assertThat(ex.getExitCode()).isEqualTo(73))
			.isInstanceOf(ExitCodeGenerator.class);
		assertReport(output, "The lock file '" + this.path + "' cannot be used: " + reason,
				"Set 'lockfile.path' to a file that this user can create and write");
	}

	private static void assertReport(CapturedOutput output, String... texts) {
		assertThat(output).contains("APPLICATION FAILED TO START", "Description:", "Action:")
			.contains(texts)
			.doesNotContain("bean created", "\tat ");
	}

	private void assertTakesNoLock(String... args) {
		try (ConfigurableApplicationContext context = run(Empty.class, args)) {
			assertThat(context.containsBean("lockFile")).isFalse();
			assertThat(context.getBeanNamesForType(LockFile.class)).isEmpty();
		}
		assertThat(this.path).doesNotExist();
	}

	private ConfigurableApplicationContext run(Class<?> source, String... args) {
		return application(source).run(arguments(args));
	}

	private String[] arguments(String... args) {
		List<String> arguments = new ArrayList<>(List.of("--lockfile.path=" + this.path));
		arguments.addAll(List.of(args));
		return arguments.toArray(String[]::new);
	}

	private static SpringApplication application(Class<?> source) {
		return new SpringApplicationBuilder(source).web(WebApplicationType.NONE).build();
	}

	private static void withSystemProperty(String name, String value, Runnable action) {
		String original = System.getProperty(name);
		System.setProperty(name, value);
		try {
			action.run();
		}
		finally {
			if (original != null) {
				System.setProperty(name, original);
			}
			else {
				System.clearProperty(name);
			}
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Empty {

	}

	@Configuration(proxyBeanMethods = false)
	static class Announcing {

		Announcing() {
			System.out.println("bean created");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Failing {

		@Bean
		String failing() {
			throw new IllegalStateException("expected");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FailingRunner {

		@Bean
		ApplicationRunner runner() {
			return (args) -> {
				throw new IllegalStateException("expected");
			};
		}

		@Bean
		DisposableBean looksFromOutside(Environment environment) {
			Path lockFile = Path.of(environment.getRequiredProperty("test.lock-file"));
			return () -> System.out.println("destroyed while an outsider is refused: " + Outsider.isRefused(lockFile));
		}

	}

	/**
	 * Has a class by which Spring Cloud is known.
	 */
	private static final class SpringCloudClassLoader extends ClassLoader {

		private static final String NAME = "org.springframework.cloud.bootstrap.BootstrapApplicationListener";

		SpringCloudClassLoader() {
			super(LockFileApplicationListenerTests.class.getClassLoader());
		}

		@Override
		protected Class<?> findClass(String name) throws ClassNotFoundException {
			if (!name.equals(NAME)) {
				throw new ClassNotFoundException(name);
			}
			ClassWriter writer = new ClassWriter(0);
			writer.visit(Opcodes.V17, Opcodes.ACC_PUBLIC, name.replace('.', '/'), null, "java/lang/Object", null);
			byte[] bytes = writer.toByteArray();
			return defineClass(name, bytes, 0, bytes.length);
		}

	}

	record EarlyListener(
			AtomicBoolean held) implements ApplicationListener<ApplicationContextInitializedEvent>, Ordered {

		@Override
		public int getOrder() {
			return 0;
		}

		@Override
		public void onApplicationEvent(ApplicationContextInitializedEvent event) {
			this.held.set(event.getApplicationContext().getBeanFactory().containsSingleton("lockFile"));
		}

	}

	static class Main {

		public static void main(String[] args) {
			application(Empty.class).run(args);
		}

	}

}
